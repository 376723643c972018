"""A round of the pulse that meets public holidays and breaks moves: its opening and its close."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.tables import outbox
from bot.flows import pulse_messages as round_news
from bot.flows import pulse_rounds as rounds
from bot.flows.time_off import change_time_off
from bot.kernel.database import Database
from bot.keys.vault import FileVault
from bot.pulse.model import RoundState
from bot.schedule.calendar import ORDINARY, Break, Calendar
from bot.schedule.rules import past_days_off
from tests.pulse.papers import INSTRUMENT
from tests.pulse.year import FIRST_OPENING, Year
from tests.support.cast import HERE
from tests.support.transactions import write

LONDON = ZoneInfo("Europe/London")
CLOSE = FIRST_OPENING + timedelta(days=5)
"""A Monday."""
AUTUMN = Calendar(breaks=(Break(date(2026, 10, 9), date(2026, 10, 18)),))
"""From the second day after the opening: one of five days is left before it."""
AFTER_AUTUMN = datetime(2026, 10, 22, 9, tzinfo=UTC)


@pytest.fixture
async def year(database: Database, vault: FileVault) -> Year:
    found = Year(rounds.PulseServices(database, vault, {"small": INSTRUMENT}))
    await found.start()
    return found


async def days_off(year: Year, calendar: Calendar, *, now: datetime) -> None:
    await write(year.database, change_time_off, HERE, calendar, now=now)


async def expiries(year: Year) -> set[datetime]:
    asked = outbox.c.kind.in_(round_news.ASKS)
    async with year.database.reading() as connection:
        rows = await connection.execute(sa.select(outbox.c.expires_at).where(asked))
        return set(rows.scalars())


@pytest.mark.parametrize("is_set_late", [False, True])
async def test_a_break_does_not_count_among_the_days_that_a_round_is_open(
    year: Year, is_set_late: bool
) -> None:
    if not is_set_late:
        await days_off(year, AUTUMN, now=FIRST_OPENING - timedelta(days=1))
    await year.until(FIRST_OPENING)
    if is_set_late:
        assert [one.closes_at for one in await year.rounds()] == [CLOSE]
        await days_off(year, AUTUMN, now=FIRST_OPENING + timedelta(hours=3))

    (opened,) = await year.rounds()
    assert opened.closes_at == AFTER_AUTUMN
    assert await expiries(year) == {AFTER_AUTUMN}

    await year.until(AFTER_AUTUMN - timedelta(seconds=1))
    assert [one.state for one in await year.rounds()] == [RoundState.OPEN]
    assert year.done == ["pulse_open", "pulse_reminder", "pulse_reminder"]

    await year.until(AFTER_AUTUMN)
    assert [one.state for one in await year.rounds()] == [RoundState.RELEASED]


async def test_a_break_that_is_set_after_a_reminder_does_not_repeat_it(year: Year) -> None:
    friday = FIRST_OPENING + timedelta(days=2, hours=1)
    await year.until(friday)
    autumn = Calendar(breaks=(Break(date(2026, 10, 12), date(2026, 10, 12)),))

    await days_off(year, autumn, now=friday + timedelta(hours=1))
    await year.until(friday + timedelta(days=3))

    assert len(await year.told(round_news.REMINDER)) == 8
    assert [one.closes_at for one in await year.rounds()] == [CLOSE + timedelta(days=1)]


async def test_a_round_never_closes_sooner_than_it_said(year: Year) -> None:
    await days_off(year, AUTUMN, now=FIRST_OPENING - timedelta(days=1))
    await year.until(FIRST_OPENING)

    await days_off(year, ORDINARY, now=FIRST_OPENING + timedelta(days=1))

    assert [one.closes_at for one in await year.rounds()] == [AFTER_AUTUMN]


@pytest.mark.parametrize("moves", [True, False])
async def test_a_round_that_would_open_in_a_break_opens_after_it_or_not_as_was_chosen(
    year: Year, moves: bool
) -> None:
    opening = FIRST_OPENING.date()
    autumn = Calendar(breaks=(Break(opening, opening + timedelta(days=2)),), moves=moves)
    await days_off(year, autumn, now=FIRST_OPENING - timedelta(days=1))

    await year.until(FIRST_OPENING + timedelta(days=14))

    opened = [one.opens_at for one in await year.rounds()]
    assert opened == ([datetime(2026, 10, 12, 9, tzinfo=UTC)] if moves else [])


@given(
    st.integers(0, 60),
    st.integers(3, 14),
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 20)), max_size=4),
)
def test_an_end_moves_by_the_days_off_before_it_and_never_onto_one(
    start: int, open_days: int, spans: list[tuple[int, int]]
) -> None:
    first = date(2026, 9, 1)
    breaks = [
        Break(first + timedelta(days=at), first + timedelta(days=at + more)) for at, more in spans
    ]
    calendar = replace(ORDINARY, breaks=tuple(breaks))
    day = first + timedelta(days=start)
    opens = datetime.combine(day, time(10), LONDON).astimezone(UTC)
    planned = opens + timedelta(days=open_days)

    end = past_days_off(planned, LONDON, calendar, since=opens)

    last = end.astimezone(LONDON).date()
    here = [day + timedelta(days=n) for n in range(1, (last - day).days + 1)]
    assert end >= planned
    assert sum(not calendar.is_off(one) for one in here) >= open_days
    assert not calendar.is_off(last)
    assert end == planned or calendar.is_working(last)
    if not any(calendar.is_off(one) for one in here):
        assert end == planned
