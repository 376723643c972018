"""A coordinator's weekly message, and the weekly digest in the channel for digests."""

from collections.abc import Sequence
from datetime import datetime

from bot.kernel.ports import Message
from bot.kernel.words import agree, number
from bot.overview.model import ProgrammeWeek
from bot.programme.model import Programme
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import ToDoLine, escape
from handlers.message_text import said
from handlers.overview.views import attention, coming_line, in_short

MOST_LINES = 10
WHO_SEES = (
    "*Who sees this:* you. It is made of dates and numbers: nobody's check-ins, answers or words."
)


def monday(
    programme: Programme, lines: Sequence[ToDoLine], week: ProgrammeWeek, *, number_of: int
) -> Message:
    """Write a coordinator's week: what needs them, each with its button; figures; what is next."""
    title = f"{programme.name}: week {number_of} of {programme.weeks}"
    shown = lines[:MOST_LINES]
    first = _how_many(len(lines))
    todos = [
        ui.section(one.sentence, accessory=one.button if at == 0 else ui.quiet(one.button))
        for at, one in enumerate(shown)
    ]
    more = len(lines) - len(shown)
    rest = [ui.context(f"{more} more stand on my Home tab.")] if more else []
    blocks = [
        ui.header(title),
        ui.section(first),
        *todos,
        *rest,
        ui.section("\n".join(in_short(week.figures))),
        ui.section(f"*Next.* {coming_line(week.coming)}."),
        ui.context(WHO_SEES),
    ]
    text = " ".join([f"{escape(title)}. {first}", *said(blocks[2:])])
    return Message(text, tuple(blocks))


def _how_many(count: int) -> str:
    if not count:
        return "Nothing needs you this week."
    things = agree(count, "thing needs", "things need")
    return f"{number(count).capitalize()} {things} you this week."


def digest(
    programme: Programme,
    todos: Sequence[ToDo],
    week: ProgrammeWeek,
    *,
    number_of: int,
    pulse: str = "",
    is_coordinated: bool = True,
) -> Message:
    """Write the week of a programme for the channel: nobody and no group is named."""
    title = f"{programme.name}: week {number_of} of {programme.weeks}"
    needs = attention(todos)
    said_of = f"*Needs help.* {'; '.join(needs)}." if needs else "*Needs help.* Nothing this week."
    lines = [
        *([] if is_coordinated else [NOBODY_COORDINATES]),
        *([f"*Pulse.* {pulse}"] if pulse else []),
        *in_short(week.figures),
        said_of,
        f"*Next.* {coming_line(week.coming)}.",
    ]
    blocks = (ui.header(title), ui.section("\n".join(lines)), ui.context(READS_DIGEST))
    return Message(" ".join([f"{escape(title)}.", *lines, READS_DIGEST]), blocks)


NOBODY_COORDINATES = (
    "*Nobody coordinates this programme now.* Somebody who administers this Slack workspace can "
    "take it over: Cairn's Home tab has the button, under Settings for who takes part."
)
PULSE_TOLD = "It closed in the last week; its result stands above."


def pulse_open(until: datetime) -> str:
    """Say that a pulse is open; never how many have answered."""
    return f"Open until {ui.when(until)}. Results come after that."


READS_DIGEST = (
    "Counts alone. Coordinators see on Cairn's Home tab which groups these are, with what helps."
)
