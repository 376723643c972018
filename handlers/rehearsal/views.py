"""How a rehearsal looks in Slack: its form, its progress, and what everybody would get."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from bot.kernel.words import agree, plural, weekday_and_day
from bot.rehearsal.model import CHANNEL, Summary
from bot.rehearsal.rules import SLACKS_RATE, TITLES
from handlers import blocks as ui
from handlers.blocks import Block, Element, View, escape

TITLE, FILE = "What will everybody get?", "rehearsal.html"
RESPONSES = (
    ("90", "90 of 100: nearly everybody"),
    ("70", "70 of 100: most"),
    ("50", "50 of 100: half"),
    ("30", "30 of 100: few"),
)
MOST_WEEKS, TOGETHER = 80, 10
"""Weeks on the page, and in one section of it."""


def tools_line() -> Block:
    """Say in a line what a rehearsal is, with its button."""
    return ui.section(
        "*Rehearsal:* play the whole programme before it starts, and see who gets what and when. "
        "Nothing is sent to anybody.",
        accessory=open_button(),
    )


def open_button() -> Element:
    """Draw the button that opens the form."""
    return ui.button("Rehearse it", "rehearsal.open", spoken=f"Rehearse it: {TITLE}")


def form() -> View:
    """Ask how many do what they are asked."""
    return ui.modal(
        callback_id="rehearsal.form",
        title=TITLE,
        submit="Rehearse",
        close="Not now",
        blocks=[
            ui.field(
                "response",
                "How many of a hundred do what they are asked?",
                ui.radio("response", RESPONSES, chosen="70"),
                hint="Check-ins written, meetings held, stages claimed and confirmed, pulses "
                "answered. The code of conduct is accepted by everybody.",
            ),
            ui.context(
                "*Who sees this:* you alone. Your people, groups and calendar are copied and "
                "played on a clock that runs ahead. Nobody is written to, and nothing is changed."
            ),
        ],
    )


def under_way(share: float, month: str) -> View:
    """Say how far the rehearsal is. `month` is where it is now, empty before it begins."""
    where = f" It is {escape(month)} there, {round(share * 100)} % of the whole." if month else ""
    return ui.modal(
        callback_id="working",
        title=TITLE,
        blocks=[
            ui.section(f":hourglass_flowing_sand: Rehearsing…{where}"),
            ui.context(
                "This takes a minute, and several with hundreds of people. You can close this: "
                "the report comes as a message, too."
            ),
        ],
    )


def result(found: Summary) -> View:
    """Show what everybody would get: week by week, the fullest days, and what to look at."""
    return ui.modal(
        callback_id="rehearsal.result",
        title=TITLE,
        blocks=[
            ui.section(in_short(found)),
            ui.context("The whole report is a file in our messages. Only you have it."),
            ui.header("Messages for one person, week by week"),
            *_weeks(found),
            ui.header("Busiest days"),
            ui.section("\n".join(_days(found)) or "No messages at all."),
            *_holidays(found),
            ui.header("Worth a look"),
            ui.section("\n".join(f"• {escape(line)}" for line in _to_look_at(found))),
        ],
    )


def sent(found: Summary) -> str:
    """Write what stands beside the file."""
    return f"{in_short(found)} The file opens in any browser."


def in_short(found: Summary) -> str:
    """Say a rehearsal in two sentences."""
    return (
        f"*{escape(found.template)}*, played with {plural(found.people, 'person', 'people')}, of "
        f"whom {found.rates.checkins} of 100 do what they are asked: "
        f"{found.messages:,} {agree(found.messages, 'message')} in "
        f"{plural(len(found.weeks), 'week')}. "
        "Nothing was sent to anybody else."
    )


def _weeks(found: Summary) -> Iterable[Block]:
    """Say of each week what one person gets: a modal takes no table."""
    lines = [
        f"*Week {week}*, from {_day(begins)}: {_counts(found.kinds, spans)}"
        for week, begins, spans, _off in found.weeks[:MOST_WEEKS]
    ]
    for first in range(0, len(lines), TOGETHER):
        yield ui.section("\n".join(lines[first : first + TOGETHER]))


def _counts(kinds: Sequence[str], spans: Sequence[tuple[int, int]]) -> str:
    said = [
        f"{TITLES[kind].lower()} {least}" + (f" to {most}" if most > least else "")
        for kind, (least, most) in zip(kinds, spans, strict=True)
        if most
    ]
    return ", ".join(said) or "nothing"


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _days(found: Summary) -> Iterable[str]:
    for one in found.days:
        lasts = _lasting(one.ends_at - one.begins_at)
        yield (
            f"• {weekday_and_day(one.day)}: {plural(one.messages, 'message')}. The longest burst, "
            f"{one.run:,}, begins at {one.begins_at:%H:%M} UTC and ends {lasts} later."
        )
    if found.days:
        yield f"At {SLACKS_RATE} a minute, with which Cairn begins; faster while Slack takes more."


def _lasting(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    if seconds < 90:
        return plural(seconds, "second")
    return plural(round(seconds / 60), "minute")


def _holidays(found: Summary) -> list[Block]:
    weeks = [f"week {week}: {', '.join(off)}" for week, _begins, _spans, off in found.weeks if off]
    if not weeks:
        return [ui.section("*Days off:* none fall into the programme.")]
    return [ui.section(f"*Days off:* {escape('; '.join(weeks))}. Nothing falls due on them.")]


def _to_look_at(found: Summary) -> Iterable[str]:
    yield (
        "Waiting an hour or longer, for quiet hours or because a week had its three: "
        f"{plural(found.held, 'message')}. Told inside another message: {found.folded:,}."
    )
    if found.groups:
        yield (
            f"{found.unlikely} of {plural(found.groups, 'group')} likely have no pulse result of "
            f"their own when {found.rates.pulse} of 100 answer."
        )
    else:
        yield "No group's pulse was played."
    if found.unseated:
        yield f"{plural(found.unseated, 'mentee')} would have no mentor. The proposal says why."
    if found.outside_hours:
        yield f"{plural(found.outside_hours, 'message')} come in an evening, night or weekend."
    if CHANNEL not in found.kinds:
        yield "There are no groups' channels yet."
    yield from found.unset
