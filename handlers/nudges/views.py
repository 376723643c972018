"""A mentor's weekly message, and their part of the Home tab."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby

from bot.checkins.rules import CheckIn
from bot.kernel.clock import local_date
from bot.kernel.ports import Message
from bot.kernel.words import cut, day_and_month, listed, plural, weekday_and_day
from bot.kinds import ScheduleKind
from bot.nudges.rules import Line, Met, Nudge, Shared, Turn
from handlers import blocks as ui
from handlers.blocks import Block, View, escape, quote
from handlers.free_text import facts, words

SHARED_SHOWN = 12
"""Check-ins given with an excerpt; with three blocks each they stay under Slack's 50 a message."""

NAMES_SHOWN = 20
EXCERPT_CHARS = 400
SHARED_CHARS = 6000
"""All excerpts of one message together: Slack refuses a message whose blocks come to about 13,000
characters (`msg_blocks_too_long`)."""
WORDS_SHOWN = 4

_TURNS = {
    Turn.DUE: "Check-in due this week",
    Turn.WAITING: "No check-in since they were asked",
    Turn.WRITTEN: "Checked in lately",
    Turn.LATER: "Asked later",
    Turn.AWAY: "Paused",
}


def nudge(found: Nudge, *, tz: str) -> Message:
    """Write the weekly message. Its text says in words all that the blocks show."""
    blocks = [
        ui.header("Your mentoring week"),
        *turns(found.lines, tz=tz),
        *shared_blocks(found.shared, tz=tz),
        *_question(found),
        ui.context(_last_met(found.met)),
        ui.actions(
            ui.button("We met", "nudge.met", style="primary"),
            ui.button("Snooze until tomorrow", "nudge.tomorrow", value=found.id),
            ui.button("Snooze until next week", "nudge.next_week", value=found.id),
            ui.rhythm_button(ScheduleKind.MENTOR_NUDGE),
        ),
        ui.context(
            "You see what your mentees chose to show you. What they keep to themselves stays "
            "theirs. Not monitored; not for emergencies."
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


def shared_blocks(shared: Sequence[Shared], *, tz: str) -> list[Block]:
    """Show what mentees chose to show, in their own words."""
    if not shared:
        return [ui.section("Nobody has shared a check-in with you since your last message.")]
    blocks = [ui.divider(), ui.section("*Shared with you*")]
    share = SHARED_CHARS // min(len(shared), SHARED_SHOWN)
    for each in shared[:SHARED_SHOWN]:
        blocks += _excerpt(each, tz=tz, chars=share)
    left_out = len(shared) - SHARED_SHOWN
    if left_out > 0:
        blocks.append(
            ui.section(f"{plural(left_out, 'check-in')} more than fit here: {_names(shared)}.")
        )
    return [*blocks, ui.divider()]


def _names(shared: Sequence[Shared]) -> str:
    names = list(dict.fromkeys(escape(cut(each.name, 80)) for each in shared[SHARED_SHOWN:]))
    listed = ", ".join(names[:NAMES_SHOWN])
    return listed if len(names) <= NAMES_SHOWN else f"{listed} and {len(names) - NAMES_SHOWN} more"


def _excerpt(each: Shared, *, tz: str, chars: int) -> list[Block]:
    on = day_and_month(local_date(each.written_at, tz))
    title = f"*{escape(cut(each.name, 80))}* · {escape(each.stage)} · {on}"
    if each.with_group:
        title += " · shown to the group too"
    said = each.words[:WORDS_SHOWN]
    each_chars = min(EXCERPT_CHARS, chars // max(1, len(said)))
    pieces = [f"_{escape(one.heading)}_\n{quote(one.text, limit=each_chars)}" for one in said]
    spoken = f"Read all of the check-in by {each.name}"
    read = ui.button("Read all", "nudge.read", value=each.id, spoken=spoken)
    notes = facts(each.confidence, each.blocker)
    if any(_is_cut(one.text, each_chars) for one in each.words) or len(said) < len(each.words):
        notes.append("Shortened here")
    block = ui.section("\n".join([title, *pieces]), accessory=read)
    return [block, *([ui.context(" · ".join(notes))] if notes else [])]


def shared_whole(checkin: CheckIn, *, name: str, tz: str) -> View:
    """Let a mentor read all of a check-in that they were shown."""
    on = weekday_and_day(local_date(checkin.written_at, tz))
    title = f"*{escape(cut(name, 80))}* · {escape(checkin.stage)} · {on}"
    note = (
        "Written for you, or for the group with you. It stays between you. Not monitored; "
        "not for emergencies."
    )
    blocks = [ui.section(title), ui.context(note), *words(checkin.entry)]
    return ui.modal(callback_id="nudge.shared", title="Check-in", blocks=blocks)


def _is_cut(text: str, limit: int) -> bool:
    return quote(text, limit=limit).endswith("…")


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
        parts.append(f"{plural(len(found.shared), 'check-in')} shared with you:")
        parts += [_spoken_excerpt(each) for each in found.shared[:SHARED_SHOWN]]
        left_out = len(found.shared) - SHARED_SHOWN
        if left_out > 0:
            parts.append(f"{left_out} more from {_names(found.shared)}.")
    else:
        parts.append("Nobody has shared a check-in with you since your last message.")
    if found.question:
        asked = found.question
        parts.append(f"A question to try, for {escape(asked.name)}: {escape(asked.text)}")
    parts.append(_last_met(found.met).replace("*", ""))
    return " ".join(parts)


def _spoken_excerpt(each: Shared) -> str:
    texts = [cut(" ".join(escape(said.text).split()), 200) for said in each.words]
    everything = " / ".join([f"“{text}”" for text in texts] + facts(each.confidence, each.blocker))
    return f"{escape(cut(each.name, 80))}: {everything}."


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


def told_later() -> Message:
    """Say that a nudge was put off, once it is drawn again."""
    return ui.paragraph("Put off: a later message tells you what this one did.")


def home_mentor(
    lines: Sequence[Line], shared: Sequence[Shared], *, met: Sequence[Met], tz: str
) -> list[Block]:
    """Show a mentor their mentees on the Home tab."""
    return [
        ui.header("Your mentees"),
        *turns(lines, tz=tz),
        ui.context(_last_met(met)),
        ui.actions(ui.button("We met", "nudge.met", style="primary")),
        *shared_blocks(shared, tz=tz),
    ]
