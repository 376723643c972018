"""What a round asks, and how an answer is read."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from bot.pulse.model import Answers, Form, Instrument, Item, ItemUse

LOWEST, HIGHEST = 1, 5
FAVOURABLE_FROM = 4


def items_for(instrument: Instrument, *, form: Form, number: int) -> tuple[str, ...]:
    """The items that round `number` (0 for a programme's first) asks, in the instrument's order.

    The core form is the core and one rotating item, each in its turn; the full form is everything.
    """
    if form is Form.FULL:
        return tuple(item.id for item in instrument.items)
    rotating = [item for item in instrument.items if item.place is ItemUse.ROTATING]
    turn = {rotating[number % len(rotating)].id} if rotating else set()
    return tuple(
        item.id for item in instrument.items if item.place is ItemUse.CORE or item.id in turn
    )


def form_for(*, week: int, previous_week: int | None, weeks: int, every_weeks: int) -> Form:
    """Everything at the first round, the first at or after the middle, and the last; else core.

    Weeks count from 1. `previous_week` is when the round before opened, None if there was none.
    """
    middle = weeks / 2
    is_first = previous_week is None
    is_middle = previous_week is not None and previous_week < middle <= week
    is_last = week + every_weeks > weeks
    return Form.FULL if is_first or is_middle or is_last else Form.CORE


def is_favourable(item: Item, point: int) -> bool:
    """Whether `point` (1-5) speaks for the space, after turning reversed items round."""
    return (LOWEST + HIGHEST - point if item.reverse else point) >= FAVOURABLE_FROM


def acceptable(answers: Mapping[str, object], asked: Iterable[str]) -> Answers | None:
    """The answers if every one is a whole point of the scale for an item asked, else None."""
    items = set(asked)
    read: dict[str, int] = {}
    for item_id, point in answers.items():
        if item_id not in items or not isinstance(point, int) or isinstance(point, bool):
            return None
        if not LOWEST <= point <= HIGHEST:
            return None
        read[item_id] = point
    return read


MINIMUM_OPEN = timedelta(hours=72)
MINIMUM_APART = timedelta(days=7)


def closing_time(opens_at: datetime, *, open_days: int) -> datetime:
    """When a round that opens then closes: after `open_days`, and never before 72 hours."""
    return opens_at + max(timedelta(days=open_days), MINIMUM_OPEN)


def too_soon(opens_at: datetime, *, last_closes_at: datetime | None) -> bool:
    """Whether fewer than seven days lie between the last round's close and this opening."""
    return last_closes_at is not None and opens_at < last_closes_at + MINIMUM_APART


def reminder_times(opens_at: datetime, closes_at: datetime) -> tuple[datetime, ...]:
    """The two instants at which everybody is reminded: half-way, and a day before the close."""
    half = opens_at + (closes_at - opens_at) / 2
    late = closes_at - timedelta(days=1)
    return (half, late) if half < late else (late,)
