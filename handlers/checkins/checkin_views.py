"""One's own check-ins: the list with its chart, one of them, and what can be done with it."""

from collections.abc import Mapping, Sequence

from bot.checkins.reading import MentorsNow, narrower_than, seen
from bot.checkins.rules import CheckIn, CheckInId, Reflection, Reply, Topic, Visibility
from bot.kernel.clock import local_date
from bot.kernel.words import cut, day_and_month, listed, weekday_and_day
from handlers import blocks as ui
from handlers.blocks import Block, Element, View, escape
from handlers.checkins.reply_views import replies_blocks
from handlers.free_text import figures, headed, words

PAST_SHOWN = 30
"""Two blocks each, of the 100 that a view holds."""
EXCERPT_CHARS = 140
CHARTED = 12
"""So many check-ins stand in the chart, one a line."""

READ_BY = {
    Visibility.ONLY_ME: "Only you can read it.",
    Visibility.MENTOR: "Your mentor can read it, from their weekly message and their Home tab.",
    Visibility.GROUP: "The members of your mentoring group can read it, and your mentor with them.",
}
_BY_A_FORMER_MENTOR = "Only you can read it now: it was for a mentor who is not yours any more."
_NOT_BY_ALL = "Your mentor of then can read it; who became your mentor later cannot."

TOPICS = {
    Topic.THINK: "Think",
    Topic.FEEL: "Feel",
    Topic.ACT: "Act",
    Topic.CONFIDENCE: "How confident I am",
    Topic.BLOCKER: "What is in my way",
    Topic.WISH: "What I would like from my mentor",
    Topic.GOALS: "How my goals go",
}
WELLBEING = {1: "very low", 2: "low", 3: "so-so", 4: "well", 5: "very well"}

UNREADABLE = (
    "_The words of this check-in cannot be read any more, by you or anybody else: their key is "
    "missing, or they were altered. An administrator may still have the key; else delete it._"
)


def past(
    checkins: Sequence[CheckIn],
    mentors: Mapping[CheckInId, MentorsNow],
    *,
    tz: str,
    has_more: bool,
) -> View:
    """List one's own check-ins, newest first, below a chart of one's confidence."""
    blocks: list[Block] = [ui.context("Only you can open this list.")]
    if not checkins:
        blocks += [ui.section("You have not written a check-in yet."), ui.actions(ui.CHECK_IN)]
    blocks += confidence(checkins, tz=tz)
    for each in checkins[:PAST_SHOWN]:
        on = weekday_and_day(local_date(each.written_at, tz))
        read = ui.button("Open", "checkin.read", value=each.id, spoken=f"Open the check-in of {on}")
        said = excerpt(each.entry) if each.is_readable else UNREADABLE
        blocks += [
            ui.section(f"*{on}* · {escape(each.stage)}\n{said}", accessory=read),
            ui.context(read_by(each, mentors[each.id])),
        ]
    if has_more:
        blocks.append(
            ui.context(f"These are your latest {PAST_SHOWN}. Older ones are kept as well.")
        )
    return ui.modal(callback_id="checkin.past", title="My check-ins", blocks=blocks)


def confidence(checkins: Sequence[CheckIn], *, tz: str) -> list[Block]:
    """Chart one's confidence: in a sentence, then a line for each check-in with its figure first.

    Slack draws no charts in modals, and nothing of this may stand in a message or a file. A screen
    reader reads the sentence, and a date and a figure in each line. Nothing below two figures.
    """
    said = [
        (local_date(one.written_at, tz), one.entry.confidence)
        for one in reversed(checkins)
        if one.entry.confidence is not None
    ][-CHARTED:]
    if len(said) < 2:
        return []
    figures = [figure for _, figure in said]
    (first_on, first), (last_on, last) = said[0], said[-1]
    sentence = (
        f"*Your confidence* in {len(said)} check-ins: {first} of 10 on {day_and_month(first_on)}, "
        f"{last} on {day_and_month(last_on)}; the lowest was {min(figures)}, the highest "
        f"{max(figures)}."
    )
    lines = []
    for on, figure in said:
        month = day_and_month(on).split()[1][:3]
        lines.append(f"{on.day:>2} {month}  {figure:>2} {'━' * figure}")
    chart = "\n".join(lines)
    return [ui.section(f"{sentence}\n```\n{chart}\n```"), ui.divider()]


def excerpt(entry: Reflection, limit: int = EXCERPT_CHARS) -> str:
    """Take the beginning of what was written, escaped, on one line; figures without any."""
    texts = [" ".join(text.split()) for _, text in headed(entry)]
    if texts:
        return cut(escape(texts[0]), limit)
    return figures(entry) or "_How you are, and nothing else_"


def read_by(checkin: CheckIn, mentors: MentorsNow) -> str:
    """Say who can read one's check-in at this moment, without what, and since when they have."""
    if not mentors.can_read:
        return _BY_A_FORMER_MENTOR
    said = _NOT_BY_ALL if mentors.some_cannot else READ_BY[checkin.entry.visibility]
    return f"{said}{without(checkin.entry)}"


def without(entry: Reflection) -> str:
    """Say what of a shared check-in is left out, with a space before it; empty for nothing."""
    if entry.visibility is Visibility.ONLY_ME or not entry.left_out:
        return ""
    out = [f"_{TOPICS[one]}_" for one in Topic if one in entry.left_out]
    return f" Left out: {listed(out)}."


def own(
    checkin: CheckIn,
    mentors: MentorsNow,
    *,
    tz: str,
    note: str = "",
    replies: Sequence[tuple[str, Reply]] = (),
) -> View:
    """Show one of one's own check-ins, whole, and what can be done with it."""
    blocks: list[Block] = [
        *([ui.section(escape(note))] if note else []),
        ui.section(title_of(checkin, tz)),
        ui.context(f"{read_by(checkin, mentors)}{_opened(checkin, tz)}"),
        ui.divider(),
        *(words(checkin.entry) if checkin.is_readable else [ui.section(UNREADABLE)]),
        *_wellbeing(checkin.entry),
        *replies_blocks(replies, tz=tz),
        ui.divider(),
        ui.actions(*_buttons(checkin, mentors)),
    ]
    return ui.modal(callback_id="checkin.one", title="Check-in", blocks=blocks)


def _opened(checkin: CheckIn, tz: str) -> str:
    if checkin.read_at is not None:
        on = weekday_and_day(local_date(checkin.read_at, tz))
        return f" Read on {on}: its words stay as they are now."
    if checkin.entry.visibility is Visibility.ONLY_ME:
        return ""
    return " Nobody has opened it yet: you can still change it or take it back."


def _wellbeing(entry: Reflection) -> list[Block]:
    if entry.wellbeing is None:
        return []
    said = f"How I am: {entry.wellbeing} of 5, {WELLBEING[entry.wellbeing]}. _Only you see this._"
    return [ui.section(said)]


def _buttons(checkin: CheckIn, mentors: MentorsNow) -> list[Element]:
    visibility, value = checkin.entry.visibility, checkin.id
    buttons = []
    if checkin.is_readable and checkin.read_at is None:
        buttons.append(ui.button("Change it", "checkin.edit", value=value))
    if checkin.is_readable and visibility is Visibility.ONLY_ME and mentors.mentors:
        buttons.append(ui.button("Share with my mentor", "checkin.share", value=value))
    if mentors.some_cannot:
        shown = seen(checkin, mentors.mentors).pack()
        buttons.append(ui.button("Share with my mentor of now", "checkin.share_again", value=shown))
    for each in narrower_than(visibility):
        label = {"only_me": "Show to nobody else", "mentor": "Show to my mentor only"}[each]
        buttons.append(ui.button(label, f"checkin.narrow:{each}", value=f"{value}|{each}"))
    ask = ui.confirm(
        "Delete this check-in?",
        "It is deleted for good, and nobody can open it any more. People who "
        "have read it have read it.",
        yes="Delete it",
        no="Keep it",
    )
    delete = ui.button("Delete", "checkin.delete", value=value, style="danger", confirm=ask)
    return [*buttons, delete]


def title_of(checkin: CheckIn, tz: str) -> str:
    """Give the day and the stage of a check-in."""
    on = weekday_and_day(local_date(checkin.written_at, tz))
    return f"*{on}* · {escape(checkin.stage)}"


def deleted(*, is_cleared: bool = True) -> View:
    """Say that a check-in is deleted, and whether the database's log is cleared of it."""
    sentence = "*The check-in is deleted.* Nobody can open it any more."
    if not is_cleared:
        sentence += (
            " What is left of it, unreadable without Cairn's key, is in the log of its database; "
            "Cairn clears it as soon as another program lets go of it. You need not do anything."
        )
    return ui.modal(callback_id="checkin.deleted", title="Deleted", blocks=[ui.section(sentence)])


def looking_back() -> list[Block]:
    """Show somebody what they wrote in a programme that has ended."""
    said = "You alone read all of them, and delete what you like."
    return [ui.section(said, accessory=ui.PAST_CHECKINS)]
