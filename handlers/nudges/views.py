"""A mentor's weekly message, and their part of the Home tab."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby

from bot.kernel.clock import local_date
from bot.kernel.ports import Message
from bot.kernel.words import cut, day_and_month, listed, plural, utf8_bytes, weekday_and_day
from bot.kinds import ScheduleKind
from bot.nudges.rules import Line, Met, Nudge, Shared, Turn
from handlers import blocks as ui
from handlers.blocks import MESSAGE_BYTES, Block, escape
from handlers.free_text import SharedWeek

NAMES_SHOWN = 20
NOTHING_SHARED = "Nobody has shared a check-in with you since your last message."

_TURNS = {
    Turn.DUE: "Check-in due this week",
    Turn.WAITING: "No check-in since they were asked",
    Turn.WRITTEN: "Checked in lately",
    Turn.LATER: "Asked later",
    Turn.AWAY: "Paused",
}


def nudge(found: Nudge, *, tz: str) -> Message:
    """Write the weekly message. Its text says in words all that the blocks show."""
    week = SharedWeek(found.shared_since, found.shared_until, len(found.shared))
    blocks = [
        ui.header("Your mentoring week"),
        *turns(found.lines, tz=tz),
        *shared_blocks(found.shared, week, tz=tz),
        *_question(found),
        ui.context(_last_met(found.met)),
        ui.actions(
            ui.button("We met", "nudge.met", style="primary"),
            ui.button("Snooze until tomorrow", "nudge.tomorrow", value=found.id),
            ui.button("Snooze until next week", "nudge.next_week", value=found.id),
            ui.rhythm_button(ScheduleKind.MENTOR_NUDGE),
        ),
        ui.context(
            "You see what your mentees chose to show you. Everything else stays theirs. "
            "Not monitored; not for emergencies."
        ),
    ]
    return Message(_spoken(found, tz=tz), tuple(blocks))


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


def shared_blocks(shared: Sequence[Shared], week: SharedWeek, *, tz: str) -> list[Block]:
    """Say who shared something and when, with the button that opens it; no word of it."""
    if not shared:
        return [ui.section(NOTHING_SHARED)]
    spoken = "Read what your mentees share with you"
    read = ui.button("Read", "checkin.week", value=week.pack(), style="primary", spoken=spoken)
    text = f"*Shared with you:* {_who_shared(shared, tz=tz)}."
    return [ui.divider(), ui.section(text, accessory=read), ui.divider()]


def _who_shared(shared: Sequence[Shared], *, tz: str) -> str:
    """Name whoever shared something, each with the days, in the order of the form that opens it."""
    days: dict[str, list[str]] = {}
    for each in shared:
        on = day_and_month(local_date(each.shared_at, tz))
        said = f"{on}, with the group too" if each.with_group else on
        days.setdefault(each.name, []).append(said)
    named = [f"{escape(cut(name, 80))} ({cut('; '.join(on), 200)})" for name, on in days.items()]
    more = len(named) - NAMES_SHOWN
    return "; ".join(named[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _question(found: Nudge) -> list[Block]:
    asked = found.question
    if asked is None:
        return []
    title = f"*A question to try*, for {escape(asked.name)} ({escape(asked.stage)}):"
    return [ui.section(f"{title}\n>{escape(asked.text)}")]


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


def _spoken(found: Nudge, *, tz: str) -> str:
    """The whole message as sentences, for screen readers and notifications."""
    parts = ["Your mentoring week."]
    parts += [f"{title}: {names}." for title, names in _by_turn(found.lines, tz=tz)]
    if found.shared:
        many = plural(len(found.shared), "check-in")
        parts.append(f"{many} shared with you: {_who_shared(found.shared, tz=tz)}. Press Read.")
    else:
        parts.append(NOTHING_SHARED)
    if found.question:
        asked = found.question
        parts.append(f"A question to try, for {escape(asked.name)}: {escape(asked.text)}")
    parts.append(_last_met(found.met).replace("*", ""))
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
    met: Sequence[Met],
    tz: str,
) -> list[Block]:
    """Show a mentor their mentees on the Home tab."""
    return [
        ui.header("Your mentees"),
        *turns(lines, tz=tz),
        ui.context(_last_met(met)),
        ui.actions(ui.button("We met", "nudge.met", style="primary")),
        *shared_blocks(shared, week, tz=tz),
    ]
