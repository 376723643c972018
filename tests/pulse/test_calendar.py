"""When a round may open, and for how long."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.pulse.rules import MINIMUM_OPEN, closing_time, reminder_times, too_soon

START = datetime(2026, 9, 7, 7, tzinfo=UTC)


@given(st.integers(-3, 60))
def test_a_round_is_open_for_three_days_at_least(days: int) -> None:
    assert closing_time(START, open_days=days) - START >= MINIMUM_OPEN


def test_rounds_are_seven_days_apart_at_least() -> None:
    assert too_soon(START, last_closes_at=START - timedelta(days=6, hours=23))
    assert not too_soon(START, last_closes_at=START - timedelta(days=7))
    assert not too_soon(START, last_closes_at=None)


@given(st.integers(3, 60))
def test_there_are_at_most_two_reminders_and_both_fall_into_the_round(days: int) -> None:
    closes = closing_time(START, open_days=days)

    times = reminder_times(START, closes)

    assert 1 <= len(times) <= 2
    assert all(START < at < closes for at in times)
    assert list(times) == sorted(set(times))
