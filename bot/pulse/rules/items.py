"""What a round asks, and how an answer is read."""

from collections.abc import Iterable, Mapping

from bot.pulse.model import Answers, Form, Instrument, Item, Place

LOWEST, HIGHEST = 1, 5
FAVOURABLE_FROM = 4


def items_for(instrument: Instrument, *, form: Form, number: int) -> tuple[str, ...]:
    """The items that round `number` (0 for a programme's first) asks, in the instrument's order.

    The core form is the core and one rotating item, each in its turn; the full form is everything.
    """
    if form is Form.FULL:
        return tuple(item.id for item in instrument.items)
    rotating = [item for item in instrument.items if item.place is Place.ROTATING]
    turn = {rotating[number % len(rotating)].id} if rotating else set()
    return tuple(
        item.id for item in instrument.items if item.place is Place.CORE or item.id in turn
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
