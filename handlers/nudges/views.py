"""A mentor's weekly message, and their part of the Home tab."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby

from bot.kernel.clock import local_date
from bot.kernel.ids import MemberId
from bot.kernel.ports import Message
from bot.kernel.words import agree, cut, day_and_month, listed, plural, utf8_bytes, weekday_and_day
from bot.kinds import ScheduleKind
from bot.nudges.rules import Line, Met, Nudge, Rung, Shared, Turn
from bot.schedule.rules import zone
from handlers import blocks as ui
from handlers.blocks import MESSAGE_BYTES, Block, ToDoLine, escape
from handlers.free_text import SharedWeek

NAMES_SHOWN = 20
NOTHING_SHARED = "Nobody has shared a check-in with you in the last four weeks."

_TURNS = {
    Turn.DUE: "Check-in due this week",
    Turn.WAITING: "No check-in since they were asked",
    Turn.WRITTEN: "Checked in lately",
    Turn.LATER: "Asked later",
    Turn.AWAY: "Paused",
}


MOST_WAITING = 3
"""More would not fit on one screen of a phone; the others stand on Home."""

PRIVACY = (
    "You see what your mentees chose to show you. Everything else stays theirs. "
    "Not monitored; not for emergencies."
)
PEERS_PRIVACY = (
    "You see who is in the group and when it meets. What mentees share with their mentor is not "
    "shown to you. Not monitored; not for emergencies."
)
NOT_NOTED = {
    Rung.SHORT_ONE_COUNTS: "A short meeting counts, too.",
    Rung.SUGGEST_A_TIME: "Even a quarter of an hour keeps things going: suggest one time to all.",
    Rung.ASK_FOR_HELP: "If you have little time just now, your coordinator can help to find some.",
}


def nudge(found: Nudge, waiting: Sequence[ToDoLine], *, tz: str) -> Message:
    """Write the weekly message: what waits for the mentor, what was shared, who has gone quiet,
    and one question. Its text says in words all that the blocks show."""
    week = SharedWeek(found.shared_since, found.shared_until, len(found.shared))
    said = [*_quiet(found), *_beside(found, tz=tz), *_question(found)]
    small = _this_week(found, tz=tz)
    blocks = [
        ui.header("Your mentoring week"),
        *_waiting(waiting),
        *(shared_blocks(found.shared, week, tz=tz) if found.shared else []),
        *(ui.section(each) for each in said),
        *([ui.context(*small)] if small else []),
        _buttons(found, is_first=not (waiting or found.shared)),
        ui.context(_privacy(found)),
    ]
    return Message(_spoken(found, waiting, tz=tz), tuple(blocks))


def calm_week(found: Nudge, *, is_silent: bool) -> Message:
    """Say in one line that nothing waits in this week, with a question and with silence to choose.

    It also stands in place of a week's message in which all is done.
    """
    line = "A quiet week: nothing waits for you."
    asked = _question(found)
    label, value = (
        ("Write in quiet weeks, too", "off") if is_silent else ("Stay silent in quiet weeks", "on")
    )
    silence = ui.button(label, "nudge.silence", value=value)
    met = [ui.button("We met", "nudge.met")] if found.met else []
    blocks = [ui.section(each) for each in (line, *asked)]
    text = " ".join(["Your mentoring week.", line, *_plainly(asked)])
    return Message(text, (*blocks, ui.actions(*met, silence, ui.CARE)))


def silence_chosen(*, silent: bool) -> Message:
    """Say what the mentor chose for quiet weeks, with the way back."""
    if silent:
        said = "In weeks in which nothing waits for you, I stay silent from now on."
        undo = ui.button("Write in quiet weeks, too", "nudge.silence", value="off")
    else:
        said = "In quiet weeks I write one line from now on."
        undo = ui.button("Stay silent in quiet weeks", "nudge.silence", value="on")
    return ui.paragraph(said, ui.actions(undo))


def out_of_date() -> Message:
    """Say, in place of a message that stands in Slack, that it is over."""
    return ui.paragraph("This message was for an earlier time. My Home tab shows how things are.")


def _waiting(waiting: Sequence[ToDoLine]) -> list[Block]:
    """Show what waits for the mentor, each with its button; only the first stands out."""
    lines = [
        ui.section(one.sentence, accessory=one.button if n == 0 else ui.quiet(one.button))
        for n, one in enumerate(waiting[:MOST_WAITING])
    ]
    return [*lines, *(ui.context(each) for each in _more(waiting))]


def _more(waiting: Sequence[ToDoLine]) -> list[str]:
    more = len(waiting) - MOST_WAITING
    return [f"{more} more on my Home tab."] if more > 0 else []


def _quiet(found: Nudge) -> list[str]:
    """Name who has gone quiet, by dates alone, and what may help."""
    said = []
    if found.quiet:
        names = listed(escape(cut(one.name, 80)) for one in found.quiet[:NAMES_SHOWN])
        said.append(
            f"*Quiet lately:* {names}. Nobody has to check in; a short hello from you often helps."
        )
    if found.unmet:
        groups = listed(
            f"{escape(cut(each.group_name, 80))} ({plural(each.weeks_since, 'week')})"
            for each in found.unmet[:NAMES_SHOWN]
        )
        said.append(f"*No meeting noted:* {groups}. {NOT_NOTED[found.rung]}")
    return said


def _beside(found: Nudge, *, tz: str) -> list[str]:
    """Say to a peer-mentor who is new in each of their groups, and when it meets next."""
    said = []
    for one in found.beside[:NAMES_SHOWN]:
        news = []
        if one.newcomers:
            new = listed(escape(cut(name, 80)) for name in one.newcomers[:NAMES_SHOWN])
            news.append(f"{new} {agree(len(one.newcomers), 'is', 'are')} new: say hello.")
        if one.meets_at:
            news.append(f"Next meeting: {_day_and_time(one.meets_at, tz=tz)}.")
        name = escape(cut(one.group_name, 80))
        said.append(f"*{name}, as a peer-mentor:* {' '.join(news) or 'nothing is new.'}")
    return said


def _privacy(found: Nudge) -> str:
    return PRIVACY if found.lines else PEERS_PRIVACY


def _this_week(found: Nudge, *, tz: str) -> list[str]:
    """Say whose check-in is due, who is on a break, and when the groups last met.

    Nobody who is named as quiet already.
    """
    named = {one.member_id for one in found.quiet[:NAMES_SHOWN]}
    small = (Turn.DUE, Turn.WAITING, Turn.AWAY)
    shown = [one for one in found.lines if one.turn in small and one.member_id not in named]
    due = [f"{title}: {names}." for title, names in _by_turn(shown, tz=tz)]
    return [*due, *_next_met(found.met, tz=tz), *([_last_met(found.met)] if found.met else [])]


def _buttons(found: Nudge, *, is_first: bool) -> Block:
    met = ui.button("We met", "nudge.met", style="primary" if is_first else None)
    is_unplanned = any(each.meets_at is None for each in found.met)
    return ui.actions(
        *([met] if found.met else []),
        *([ui.button("Find a time", "meeting.find")] if is_unplanned else []),
        ui.button("Snooze until tomorrow", "nudge.tomorrow", value=found.id),
        ui.button("Snooze until next week", "nudge.next_week", value=found.id),
        ui.rhythm_button(ScheduleKind.MENTOR_NUDGE),
        ui.CARE,
    )


def turns(lines: Sequence[Line], *, tz: str) -> list[Block]:
    """List mentees by whose turn it is, a paragraph for each kind."""
    return [ui.section(f"*{title}:* {names}") for title, names in _by_turn(lines, tz=tz)]


def _by_turn(lines: Sequence[Line], *, tz: str) -> Iterable[tuple[str, str]]:
    def on(line: Line) -> date:
        return local_date(line.at, tz) if line.at else date.max

    for turn in dict.fromkeys(line.turn for line in lines):
        named = sorted((line for line in lines if line.turn is turn), key=on)
        names = "; ".join(_named(day, those) for day, those in groupby(named[:NAMES_SHOWN], on))
        more = len(named) - NAMES_SHOWN
        yield _TURNS[turn], f"{names} and {more} more" if more > 0 else names


def _named(on: date, those: Iterable[Line]) -> str:
    names = [escape(cut(line.name, 80)) for line in those]
    if on == date.max:
        return ", ".join(names)
    all_of_them = {1: "", 2: "both "}.get(len(names), "all ")
    return f"{listed(names)} ({all_of_them}{day_and_month(on)})"


def shared_blocks(
    shared: Sequence[Shared], week: SharedWeek, *, tz: str, style: str | None = "primary"
) -> list[Block]:
    """Say who shared something and when, with the button that opens it; no word of it."""
    if not shared:
        return [ui.section(NOTHING_SHARED)]
    spoken = "Read what your mentees share with you"
    read = ui.button("Read", "checkin.week", value=week.pack(), style=style, spoken=spoken)
    text = f"*Shared with you:* {_who_shared(shared, tz=tz)}."
    return [ui.section(text, accessory=read)]


def _who_shared(shared: Sequence[Shared], *, tz: str) -> str:
    """Name whoever shared something, each with the days, in the order of the form that opens it."""
    days: dict[tuple[MemberId, str], list[str]] = {}
    for each in shared:
        on = day_and_month(local_date(each.shared_at, tz))
        said = f"{on}, with the group too" if each.with_group else on
        days.setdefault((each.member_id, each.name), []).append(said)
    named = [
        f"{escape(cut(name, 80))} ({cut('; '.join(on), 200)})" for (_, name), on in days.items()
    ]
    more = len(named) - NAMES_SHOWN
    return "; ".join(named[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _question(found: Nudge) -> list[str]:
    asked = found.question
    if asked is None:
        return []
    title = f"*A question to try*, for {escape(asked.name)} ({escape(asked.stage)}):"
    if not asked.name:
        title = "*A question to try* with somebody in your group, as their peer:"
    return [f"{title}\n>{escape(asked.text)}"]


def _plainly(said: Iterable[str]) -> list[str]:
    """Take the marks out of sentences, for screen readers and notifications."""
    return [each.replace("*", "").replace("\n>", " ") for each in said]


def _next_met(met: Sequence[Met], *, tz: str) -> list[str]:
    """Say when the groups meet next, where a time is fixed."""
    planned = [(each.group_name, each.meets_at) for each in met[:NAMES_SHOWN] if each.meets_at]
    if not planned:
        return []
    at = [(name, _day_and_time(when, tz=tz)) for name, when in planned]
    if len(met) == 1:
        return [f"You meet on {at[0][1]}."]
    return [f"Next meetings. {'; '.join(f'{escape(cut(name, 80))}: {on}' for name, on in at)}."]


def _day_and_time(at: datetime, *, tz: str) -> str:
    there = at.astimezone(zone(tz))
    return f"{weekday_and_day(there.date())}, {there:%H:%M}"


def _last_met(met: Sequence[Met]) -> str:
    if not any(each.last_on for each in met):
        return "No meeting is noted yet. When you have met, press *We met*."
    if len(met) == 1 and met[0].last_on:
        return f"Last meeting noted: {day_and_month(met[0].last_on)}."
    groups = "; ".join(
        f"{escape(cut(each.group_name, 80))}: "
        f"{day_and_month(each.last_on) if each.last_on else 'none yet'}"
        for each in met[:NAMES_SHOWN]
    )
    return f"Last meetings noted. {groups}."


def _spoken(found: Nudge, waiting: Sequence[ToDoLine], *, tz: str) -> str:
    """Say the whole message in sentences, for screen readers and notifications."""
    parts = ["Your mentoring week."]
    parts += _plainly(one.sentence for one in waiting[:MOST_WAITING])
    parts += _more(waiting)
    if found.shared:
        many = plural(len(found.shared), "check-in")
        parts.append(f"{many} shared with you: {_who_shared(found.shared, tz=tz)}. Press Read.")
    said = [*_quiet(found), *_beside(found, tz=tz), *_question(found), *_this_week(found, tz=tz)]
    parts += _plainly(said)
    parts.append(_privacy(found))
    return cut(" ".join(parts), MESSAGE_BYTES, measure=utf8_bytes)


def snoozed_until(on: date, at: str) -> Message:
    """Say that a nudge was put off and comes again tomorrow."""
    return ui.paragraph(
        f"Put off: this comes again on {weekday_and_day(on)} at {at}, with what is new by then."
    )


def put_off_until_next_week() -> Message:
    """Say that the next week's nudge takes over what this one told."""
    return ui.paragraph(
        "Put off: your next weekly message tells you what this one did, and what is new by then.",
        ui.actions(ui.button("We met", "nudge.met")),
    )


def home_mentor(
    lines: Sequence[Line],
    shared: Sequence[Shared],
    week: SharedWeek,
    *,
    tz: str,
) -> list[Block]:
    """Show a mentor their mentees on the Home tab."""
    due = "\n".join(f"*{title}:* {names}" for title, names in _by_turn(lines, tz=tz))
    return [*([ui.section(due)] if due else []), *shared_blocks(shared, week, tz=tz, style=None)]
