"""How a relationship is: the form of each side, one's own answers, the line on Home, to-dos."""

from collections.abc import Mapping, Sequence

from bot.kernel.clock import local_date
from bot.kernel.ids import MemberId
from bot.kernel.words import cut, day_and_month, listed
from bot.relationship.model import ITEMS, SCALE, Domain, Partner, Rating, Side, Wave
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Choice, ToDoLine, View, escape

LEFT_OUT = "left_out"
"""The option that takes an answer back: Slack's selects cannot be emptied."""
NAME_CHARS = 80
MOST_SHOWN = 30
"""Two blocks each, of the 100 that a view holds."""
DOMAINS = {
    Domain.TRUST: "Relying on each other",
    Domain.TIME: "Time",
    Domain.EXPECTATIONS: "Clear expectations",
    Domain.CANDOUR: "Saying things openly",
    Domain.GROWTH: "Growth",
    Domain.CARE: "Care",
    Domain.OVERALL: "All in all",
}
WAVES = {
    Wave.T0: "At the start",
    Wave.T1: "On the way",
    Wave.T2: "Half way",
    Wave.T3: "At the close",
}
WHO_SEES_THIS = (
    "*Who sees this:* you alone: not the person you answer about, no coordinator, nobody. It is "
    "kept encrypted. Research gets it, without your name, only if you say so."
)
ANSWERS = ui.button("My answers", "relationship.answers", spoken="My answers about mentoring")


def form(
    partner: Partner,
    *,
    title: str,
    answers: Mapping[Domain, int],
    wave: Wave,
    metadata: str,
) -> View:
    """Ask about one person, filled in as answered before."""
    items = ITEMS[partner.side]
    first, *others = [
        _item(domain, items[domain], partner, answers.get(domain)) for domain in items_in_order()
    ]
    later = ui.button("Not this time", "relationship.later", value=wave)
    return ui.modal(
        callback_id="relationship.form",
        title=title,
        submit="Save",
        close="Cancel",
        metadata=metadata,
        blocks=[
            first,
            ui.context(WHO_SEES_THIS),
            *others,
            ui.actions(later),
        ],
    )


def items_in_order() -> Sequence[Domain]:
    """List the domains as they are asked, the whole last."""
    return tuple(Domain)


def title_of(number: int, of: int, side: Side) -> str:
    """Give the title of a form, the `number`th of several."""
    whose = "mentees" if side is Side.MENTOR else "mentors"
    return f"Your {whose}, {number} of {of}" if of > 1 else "How is it between you?"


def block_of(domain: Domain, other_id: MemberId) -> str:
    """Name the block of an answer: Slack keeps what was chosen in a block of the same name."""
    return f"{domain}_{other_id}"


def _item(domain: Domain, item: str, partner: Partner, answer: int | None) -> Block:
    labels = {SCALE[0]: "not at all", SCALE[-1]: "completely"}
    scale: list[Choice] = [(str(n), f"{n} · {labels[n]}" if n in labels else str(n)) for n in SCALE]
    menu = ui.select(
        "answer",
        [*scale, (LEFT_OUT, "Leave out")],
        placeholder="Leave out",
        chosen=str(answer) if answer else None,
    )
    is_first = domain is items_in_order()[0]
    about = f"You and {cut(partner.name, NAME_CHARS)}. " if is_first else ""
    hint = "1 is not at all, 7 is completely. Leave out what you like." if is_first else None
    block_id = block_of(domain, partner.member_id)
    return ui.field(block_id, f"{about}{item}", menu, hint=hint, optional=True)


def saved() -> View:
    """Say that the answers are kept, with the way to them."""
    return ui.modal(
        callback_id="relationship.saved",
        title="Saved",
        blocks=[
            ui.section("*Thank you, that is all.* Only you can open what you answered."),
            ui.actions(ANSWERS),
        ],
    )


def put_off() -> View:
    """Say that nobody is asked again at this wave."""
    return ui.notice(
        "All right, I do not ask again this time. While it is open you can still answer, from My "
        "answers on the Home tab.",
        title="How it is",
    )


def page(
    ratings: Sequence[Rating],
    names: Mapping[MemberId, str],
    *,
    now_about: Sequence[Partner],
    tz: str,
) -> View:
    """Show one's own answers about each person side by side, and what can be answered now."""
    open_now = {one.member_id for one in now_about}
    about: dict[MemberId, list[Rating]] = {one.member_id: [] for one in now_about}
    for one in ratings:
        about.setdefault(one.other_id, []).append(one)
    blocks: list[Block] = [ui.context("Only you can open this.")]
    if not about:
        blocks.append(ui.section("You have not answered anything yet."))
    for member_id in list(about)[:MOST_SHOWN]:
        name = names.get(member_id, "A former member")
        blocks += _of_one(
            member_id, name, about[member_id], may_change=member_id in open_now, tz=tz
        )
    if len(about) > MOST_SHOWN:
        blocks.append(ui.context(f"{len(about) - MOST_SHOWN} more are kept as well."))
    return ui.modal(
        callback_id="relationship.page",
        title="My answers",
        blocks=blocks,
    )


def _of_one(
    member_id: MemberId, name: str, ratings: Sequence[Rating], *, may_change: bool, tz: str
) -> list[Block]:
    label = "Change" if ratings else "Answer"
    shown = cut(name, NAME_CHARS)
    spoken = f"{label}: {shown}"
    change = ui.button(label, f"relationship.open:{member_id}", value=member_id, spoken=spoken)
    title = ui.section(f"*{escape(shown)}*", accessory=change if may_change else None)
    latest = sorted(ratings, key=lambda one: one.rated_at)[-10:]
    return [title, *([ui.columns(*(_at_wave(one, tz) for one in latest))] if latest else [])]


def _at_wave(rating: Rating, tz: str) -> str:
    on = local_date(rating.rated_at, tz)
    title = f"*{WAVES[rating.wave]}*, {day_and_month(on)} {on.year}"
    if not rating.is_readable:
        return f"{title}\n_Nobody can read this any more: its key is missing._"
    said = [
        f"{DOMAINS[each]}: {rating.answers[each]}"
        for each in items_in_order()
        if each in rating.answers
    ]
    return "\n".join([title, *(said or ["_Left out_"])])


def home_line() -> list[Block]:
    """Show the way to one's own answers; never an answer."""
    said = "*How mentoring is for you.* What you answered. Only you can open it."
    return [ui.section(said, accessory=ANSWERS)]


def rate(todo: ToDo) -> ToDoLine:
    """Ask one side how it is with the other."""
    names = [escape(cut(one, NAME_CHARS)) for one in todo.names]
    shown = listed([*names[:3], f"{len(names) - 3} more"] if len(names) > 4 else names)
    answer = ui.button(
        "Answer", "relationship.open", value=todo.about, spoken="Answer how it is", style="primary"
    )
    each = " for each" if len(names) > 1 else ""
    asks = (
        f"How is it going with {shown}?"
        if todo.what == Side.MENTOR
        else f"How is it between you and {shown}?"
    )
    return ToDoLine(f"{asks} Seven short questions{each}, and only you see the answers.", answer)
