"""The compass: its form, its versions side by side, its line on Home, its to-dos."""

from collections.abc import Sequence
from datetime import datetime

from bot.compass.model import Compass, Movement, Occasion, Principle, Ring
from bot.compass.rules import (
    FEWEST,
    MAX_NOTE_CHARS,
    MAX_PRINCIPLE_CHARS,
    MOST,
    changed,
)
from bot.kernel.clock import local_date
from bot.kernel.words import day_and_month, ordinal
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Choice, ToDoLine, View
from handlers.free_text import not_monitored, quoted

NO_RING = "none"
"""The option that takes a ring back: Slack's selects cannot be emptied."""
RINGS = {
    Ring.INNATE: "Being human: dignity, faith, culture, what I was born with",
    Ring.INDIVIDUAL: "Myself: how I think, feel and act",
    Ring.RELATIONAL: "The people close to me",
    Ring.SOCIETAL: "The world around me: colleagues, profession, society",
}
MOVEMENTS = {
    Movement.STRONGER: "It has grown stronger",
    Movement.MOVED: "It has moved: it comes sooner or later for me than before",
    Movement.PULLED: "Something pulls against it",
}
PHASES = {
    Occasion.START: "At the start",
    Occasion.CHANGE: "Changed",
    Occasion.MIDDLE: "Half way",
    Occasion.CLOSE: "At the close",
}
WHO_SEES_THIS = (
    "*Who sees this:* you alone. No mentor, coordinator or group can open it, and it is in no "
    "message, export or report. It is kept encrypted, and you can delete it at any time."
)
FIRST_QUESTION = "What guides you? One principle, in your own words."
EXAMPLES = (
    "I ask before I assume.",
    "I say so when I do not know.",
    "Nobody is only a case.",
    "Rest is part of the work.",
    "I leave room for those who come after me.",
)
MOST_VERSIONS = 99
"""Of the 100 options of a select, beside the first version."""
UNREADABLE = (
    "_The words of this version cannot be read any more, by you or anybody else: their key is "
    "missing, or they were altered. The people who run Cairn may still have the key._"
)

OPEN = ui.button("My compass", "compass.open")
WRITE = ui.button("Write my compass", "compass.write", style="primary")
_LOOK_AGAIN = ui.button("Look at it again", "compass.again", style="primary")
_NOT_THIS_TIME = "Not this time"


def form(
    before: Compass | None,
    *,
    phase: Occasion,
    is_due: bool,
    metadata: str,
    crisis_contact: str | None,
    tz: str,
) -> View:
    """Ask for three to five principles, filled in as they were `before`."""
    filled = {one.number: one for one in before.principles} if before else {}
    looks_back = phase in (Occasion.MIDDLE, Occasion.CLOSE)
    questions = [
        _questions(number, filled.get(number), is_new=before is None, looks_back=looks_back)
        for number in range(1, MOST + 1)
    ]
    first, *others = questions[0]
    notes: list[Block] = [ui.section(WHO_SEES_THIS), ui.context(not_monitored(crisis_contact))]
    if before and looks_back:
        since = day_and_month(local_date(before.written_at, tz))
        notes.append(ui.context(f"This is how it stood on {since}; change what is not so now."))
    later = ui.button(_NOT_THIS_TIME, "compass.later", value=phase)
    return ui.modal(
        callback_id="compass.form",
        title="My compass",
        submit="Save",
        close="Cancel",
        metadata=metadata,
        blocks=[
            first,
            *notes,
            *others,
            *(block for each in questions[1:] for block in each),
            *([ui.actions(later)] if is_due else []),
        ],
    )


def _questions(
    number: int, filled: Principle | None, *, is_new: bool, looks_back: bool
) -> list[Block]:
    """Ask for one principle and its ring and, looking back at it, what became of it."""
    is_optional = number > (FEWEST if is_new else 1)
    label = FIRST_QUESTION if number == 1 else f"A {ordinal(number)} one"
    text = ui.text_field(
        "text",
        max_chars=MAX_PRINCIPLE_CHARS,
        placeholder=f"For example: {EXAMPLES[number - 1]}",
        initial=filled.text if filled else None,
    )
    rings = [*RINGS.items(), (NO_RING, "None of these")]
    chosen = filled.ring if filled else None
    ring = ui.select("ring", rings, placeholder="Leave out", chosen=chosen)
    asked = [
        ui.field(f"principle_{number}", label, text, optional=is_optional),
        ui.field(f"ring_{number}", "What is it closest to?", ring, optional=True),
    ]
    if not (looks_back and filled):
        return asked
    note = ui.text_field("text", multiline=True, max_chars=MAX_NOTE_CHARS)
    return [
        *asked,
        ui.field(
            f"movements_{number}",
            "What has become of it since?",
            ui.checkboxes("movements", list(MOVEMENTS.items())),
            optional=True,
        ),
        ui.field(
            f"note_{number}",
            "What made it stronger or moved it? What pulls against it?",
            note,
            optional=True,
        ),
        ui.divider(),
    ]


def empty() -> View:
    """Say that there is no compass yet, with the button to write one."""
    return ui.modal(
        callback_id="compass.page",
        title="My compass",
        blocks=[
            ui.section("You have not written a compass: three to five principles that guide you."),
            ui.actions(WRITE),
            ui.context(WHO_SEES_THIS),
        ],
    )


def page(
    versions: Sequence[Compass],
    earlier: Compass,
    *,
    tz: str,
    may_write: bool,
    may_look_again: bool,
    note: str = "",
) -> View:
    """Show the newest version of a compass beside an `earlier` one; they may be the same."""
    newest = versions[-1]
    blocks: list[Block] = [ui.section(f"*{note}*")] if note else []
    blocks.append(ui.context("Only you can open this."))
    if len(versions) > 1:
        blocks.append(ui.actions(_compare(versions[:-1], earlier, tz)))
    blocks += [block for each in _side_by_side(earlier, newest, tz) for block in each]
    change = ui.button("Change", "compass.change", spoken="Change my compass")
    delete = ui.button(
        "Delete",
        "compass.delete",
        style="danger",
        spoken="Delete my compass",
        confirm=ui.confirm(
            "Delete your compass?",
            "Every version is deleted for good, with all that you wrote about it.",
            yes="Delete it",
            no="Keep it",
        ),
    )
    again = [_LOOK_AGAIN] if may_look_again else []
    blocks += [ui.divider(), ui.actions(*again, *([change] if may_write else []), delete)]
    return ui.modal(callback_id="compass.page", title="My compass", blocks=blocks)


def _compare(versions: Sequence[Compass], earlier: Compass, tz: str) -> dict[str, object]:
    """Offer the versions before the newest: the first of all, and the latest."""
    offered = [versions[0], *versions[1:][-MOST_VERSIONS:]]
    choices: list[Choice] = [(each.id, f"{title_of(each, tz)}") for each in offered]
    return ui.select("compass.compare", choices, placeholder="Compare with…", chosen=earlier.id)


def title_of(version: Compass, tz: str) -> str:
    """Say on which occasion a version was written, and on which day."""
    on = local_date(version.written_at, tz)
    return f"{PHASES[version.phase]}, {day_and_month(on)} {on.year}"


def _side_by_side(earlier: Compass, newest: Compass, tz: str) -> list[list[Block]]:
    """Put each principle of two versions beside each other, and once where nothing changed."""
    unreadable = [one for one in (earlier, newest) if not one.is_readable]
    if unreadable:
        titles = dict.fromkeys(title_of(one, tz) for one in unreadable)
        gone: list[Block] = [ui.section(f"*{title}*\n{UNREADABLE}") for title in titles]
        return [gone, *([_alone(one) for one in newest.principles])]
    if earlier.id == newest.id:
        title: list[Block] = [ui.section(f"*{title_of(newest, tz)}*")]
        return [title, *(_alone(one) for one in newest.principles)]
    before = {one.number: one for one in earlier.principles}
    after = {one.number: one for one in newest.principles}
    titles_of_both = (title_of(earlier, tz), title_of(newest, tz))
    return [
        _beside(before.get(number), after.get(number), titles_of_both)
        for number in sorted({*before, *after})
    ]


def _alone(one: Principle) -> list[Block]:
    return [ui.section(_said(one)), *_note(one)]


def _beside(
    before: Principle | None, after: Principle | None, titles: tuple[str, str]
) -> list[Block]:
    both = list(zip((before, after), titles, strict=True))
    notes = [block for one, title in both if one for block in _note(one, of=title)]
    if before and after and not changed(before, after):
        return [ui.section(f"{_said(after)}\n_In the same words as before_"), *notes]
    said = [f"*{title}*\n{_said(one) if one else '_Not there_'}" for one, title in both]
    return [ui.columns(*said), *notes]


def _said(one: Principle) -> str:
    """Write a principle with its ring and what became of it, as Slack markup."""
    ring = [f"_{RINGS[one.ring]}_"] if one.ring else []
    became = [MOVEMENTS[each].partition(":")[0] for each in one.movements]
    return "\n".join([ui.quote(one.text), *ring, *(f"• {each}" for each in became)])


def _note(one: Principle, *, of: str = "") -> list[Block]:
    title = [ui.context(of)] if of and one.note else []
    return [*title, *(ui.section(piece) for piece in quoted(one.note))] if one.note else []


def put_off() -> View:
    """Say that nobody is asked again, and where the compass can be found all the same."""
    return ui.notice(
        "All right, I do not ask again this time. You can write or change your compass at any "
        "time, from the Home tab.",
        title="My compass",
    )


def deleted(*, is_cleared: bool) -> View:
    """Say that a compass is deleted, and whether the database's log is cleared of it."""
    sentence = "Your compass is deleted, with every version of it. Nobody can open it any more."
    if not is_cleared:
        sentence += (
            " What is left of it, unreadable without Cairn's key, is in the log of its database; "
            "Cairn clears it as soon as another program lets go of it. You need not do anything."
        )
    return ui.notice(sentence, title="Deleted")


def home_line(last_at: datetime, *, tz: str) -> list[Block]:
    """Say on Home when a compass was last written, never what it says."""
    on = day_and_month(local_date(last_at, tz))
    said = f"*Compass.* As of {on}. Only you can open it."
    return [ui.section(said, accessory=OPEN)]


def home_empty() -> list[Block]:
    """Offer on Home to write a compass; where one is due, its button stands under Now."""
    said = "*Compass.* Not written. Only you would see it."
    return [ui.section(said, accessory=ui.quiet(WRITE))]


def write_compass(_todo: ToDo) -> ToDoLine:
    """Ask a mentee for their compass."""
    return ToDoLine(
        "Write your compass: three to five principles that guide you. Only you can ever read it.",
        WRITE,
    )


def look_again(todo: ToDo) -> ToDoLine:
    """Ask a mentee to look at their compass again, half way or at the close."""
    is_middle = todo.about == Occasion.MIDDLE
    when = "Half of it is behind you" if is_middle else "The programme comes to its close"
    return ToDoLine(
        f"{when}: look at your compass again. What has grown stronger, what has moved?",
        _LOOK_AGAIN,
    )
