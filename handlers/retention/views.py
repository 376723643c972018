"""How long a programme keeps what it knows: its page, the notice before, and what came of it."""

from datetime import date

from bot.kernel.ports import Message
from bot.kernel.words import cut, full_date, listed, plural
from bot.programme.model import Programme
from bot.retention.model import POSTPONED_DAYS, RetentionPlan
from handlers import blocks as ui
from handlers.blocks import Block, Element, View, escape

TITLE = "What is kept"
FIELDS = ("words_days", "names_days", "notice_days")
GET_DATA = ui.button("Get my data", "my_data.get")
WORDS = "check-ins, goals, compasses, agreements, answers about mentoring and other words"
COUNTED = (
    ("members", ("member",)),
    ("checkin", ("check-in",)),
    ("goal", ("goal",)),
    ("compass", ("compass", "compasses")),
    ("agreement", ("agreement",)),
    ("relationship_rating", ("answer about mentoring", "answers about mentoring")),
    ("charter", ("charter",)),
    ("profile", ("profile",)),
    ("closing_thanks", ("word of thanks", "words of thanks")),
    ("looking_back", ("look back", "looks back")),
    ("announcement", ("announcement",)),
)
"""The kinds of what is deleted by the name that they are counted by, for one and for many."""
STAYS = (
    "What stays: the programme, its calendar, published results of the pulse, and the log of what "
    "coordinators did, without names."
)


def tools_line(programme: Programme, plan: RetentionPlan, *, today: date) -> list[Block]:
    """Lead a coordinator to a programme's plan, and say it loudly where something goes soon."""
    button = ui.button(
        "Open", f"retention.open:{programme.id}", value=programme.id, spoken="Open: what is kept"
    )
    name = escape(cut(programme.name, 60))
    said = f"*What is kept of {name}.* {_soon(plan, today)}{_standing(plan)}"
    return [ui.section(said, accessory=button)]


def _soon(plan: RetentionPlan, today: date) -> str:
    """Say how near the next deletion is."""
    ahead = plan.ahead(today)
    if ahead is None:
        return ""
    days = (ahead[1] - today).days
    when = f"in {plural(days, 'day')}" if days > 0 else "today"
    return f"*The next goes {when}.* "


def _standing(plan: RetentionPlan) -> str:
    if plan.names_gone_at is not None:
        return "Words and names are deleted."
    failed = " *The last try broke off; it is tried again every few minutes.*"
    tail = failed if plan.failed_at else ""
    if plan.words_gone_at is not None:
        return f"Words are deleted, names go on {_day(plan.names_on)}.{tail}"
    if plan.closed_on is None:
        return (
            f"Words are deleted {plural(plan.words_days, 'day')} after its end, names "
            f"{plural(plan.names_days, 'day')}."
        )
    return f"Words are deleted on {_day(plan.words_on)}, names on {_day(plan.names_on)}.{tail}"


def _day(on: date | None) -> str:
    return full_date(on) if on else "a day that is not fixed"


def page(programme: Programme, plan: RetentionPlan) -> View:
    """Ask how long things stay before the end; show it, with the way to postpone, after it."""
    if plan.closed_on is None:
        return _form(programme, plan)
    postpone = [ui.actions(_postpone(programme))] if plan.may_be_postponed else []
    counts = [ui.section(f"*Deleted so far:* {_counts(plan)}.")] if plan.counts else []
    return ui.modal(
        callback_id="retention.page",
        title=TITLE,
        blocks=[
            ui.section(f"*{escape(programme.name)}.* {_standing(plan)}"),
            *counts,
            *postpone,
            ui.context(STAYS),
        ],
    )


def _form(programme: Programme, plan: RetentionPlan) -> View:
    def asked(name: str, label: str, days: int, hint: str) -> Block:
        field = ui.text_field(name, max_chars=4, initial=str(days))
        return ui.field(name, label, field, hint=hint)

    return ui.modal(
        callback_id="retention.form",
        title=TITLE,
        submit="Save",
        close="Cancel",
        metadata=programme.id,
        blocks=[
            asked(
                FIELDS[0],
                "Days after the end until words are deleted",
                plan.words_days,
                f"Members' {WORDS}.",
            ),
            ui.context(
                "*Who sees this:* coordinators; members are told on which day, as many days before "
                "as you say below."
            ),
            asked(
                FIELDS[1],
                "Days after the end until names are deleted",
                plan.names_days,
                "All else about members who are in no other programme, coordinators aside.",
            ),
            asked(
                FIELDS[2],
                "Days before the first of these that everybody is told",
                plan.notice_days,
                "One message to each member, with the button for their own data.",
            ),
            ui.context(STAYS),
        ],
    )


def _postpone(programme: Programme) -> Element:
    sure = ui.confirm(
        "Postpone?",
        f"Words and names stay {POSTPONED_DAYS} days longer. This can be done once. Members are "
        "not written to again; Home shows them the new day.",
        yes="Postpone",
        no="Leave it",
        danger=False,
    )
    label = f"Postpone by {POSTPONED_DAYS} days"
    return ui.button(label, "retention.postpone", value=programme.id, confirm=sure)


def saved() -> View:
    """Say that the days are kept."""
    return ui.notice("Saved. It counts from the day on which the programme is closed.", title=TITLE)


def postponed(plan: RetentionPlan) -> str:
    """Say until when things stay now."""
    return f"Postponed: words are deleted on {_day(plan.words_on)}. Members see it on Home."


def home(plan: RetentionPlan) -> list[Block]:
    """Say to a member until when what is theirs stays."""
    if plan.words_gone_at is not None:
        said = f"*Your words are deleted.* Your name goes on {_day(plan.names_on)}."
    elif plan.words_on is None:
        return []
    else:
        said = (
            f"*Kept until {_day(plan.words_on)}.* Then your {WORDS} are deleted, and on "
            f"{_day(plan.names_on)} your name. Until then you can take all of it along."
        )
    return [ui.section(said, accessory=GET_DATA)]


def notice_before(programme: Programme, plan: RetentionPlan, *, is_mentee: bool) -> Message:
    """Tell a member the day on which their words go, with what they can take along."""
    paper = (
        ui.button("Make my portfolio", "portfolio.open")
        if is_mentee
        else ui.button("Make my letter", "letter.open")
    )
    text = (
        f"Get your {'portfolio' if is_mentee else 'letter'} and your data until "
        f"*{_day(plan.words_on)}*. {escape(programme.name)} has ended, and on that day your "
        f"{WORDS} in it are deleted. Your name goes on {_day(plan.names_on)}, unless you take "
        "part again. You need not do anything; this is the only message about it."
    )
    return ui.paragraph(text, ui.actions(GET_DATA, paper))


def news(programme: Programme, plan: RetentionPlan) -> Message:
    """Tell a coordinator what goes when, what is gone, or that it could not be finished."""
    name = escape(programme.name)
    if plan.failed_at is not None:
        return ui.paragraph(
            f"What {name} keeps of members could not all be deleted just now. It goes on by itself "
            "every few minutes from where it broke off. If it still says so tomorrow under Tools, "
            "ask whoever runs Cairn."
        )
    if plan.words_gone_at is None:
        after = [ui.actions(_postpone(programme))] if plan.may_be_postponed else []
        if plan.told_on is None:  # closed before Cairn counted days
            said = (
                f"{name} has ended, and Cairn counts its days from today on. On "
                f"*{_day(plan.words_on)}* members' words are deleted, and on {_day(plan.names_on)} "
                f"the names of those in no other programme. Each is told on {_day(plan.tell_on)}."
            )
        else:
            said = (
                f"{name} has ended. On *{_day(plan.words_on)}* members' {WORDS} are deleted, and "
                f"on {_day(plan.names_on)} the names of those who are in no other programme. Each "
                "member was told today."
            )
        before = "Make the reports and exports that you need before."
        return ui.paragraph(f"{said} {before} {STAYS}", *after)
    what = "Words and names" if plan.names_gone_at else "Words"
    return ui.paragraph(f"{what} of {name} are deleted: {_counts(plan)}. {STAYS}")


def _counts(plan: RetentionPlan) -> str:
    """Say how much is gone, by the words that members know it by."""
    said = [plural(plan.counts[name], *words) for name, words in COUNTED if plan.counts.get(name)]
    other = sum(n for name, n in plan.counts.items() if name not in dict(COUNTED))
    more = [plural(other, "other entry", "other entries")] if other else []
    return listed([*said, *more]) or "there were none"
