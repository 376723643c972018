"""When a round may open, and for how long."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.pulse.calendar import MINIMUM_OPEN, closing_time, reminder_times, too_soon
from bot.schedule.calendar import ORDINARY, Break, Calendar

START = datetime(2026, 9, 7, 7, tzinfo=UTC)


@given(st.integers(-3, 60))
def test_a_round_is_open_for_three_days_at_least(days: int) -> None:
    assert closing_time(START, open_days=days) - START >= MINIMUM_OPEN


def test_rounds_are_seven_days_apart_at_least() -> None:
    assert too_soon(START, last_closes_at=START - timedelta(days=6, hours=23))
    assert not too_soon(START, last_closes_at=START - timedelta(days=7))
    assert not too_soon(START, last_closes_at=None)


BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 10, 6, 8, tzinfo=UTC)
AUTUMN = Calendar(breaks=(Break(date(2026, 10, 12), date(2026, 10, 12)),))


def reminders(opens: datetime, closes: datetime, calendar: Calendar = ORDINARY) -> list[str]:
    found = reminder_times(opens, closes, tz="Europe/Berlin", is_working=calendar.is_working)
    return [f"{at.astimezone(BERLIN):%a %d %H:%M}" for at in found]


@given(st.integers(3, 60), st.integers(0, 6), st.integers(0, 23))
def test_every_reminder_comes_on_a_working_day_that_leaves_a_day_before_the_close(
    days: int, weekday: int, hour: int
) -> None:
    opens = START + timedelta(days=weekday, hours=hour)
    closes = closing_time(opens, open_days=days)

    times = reminder_times(opens, closes, tz="Europe/Berlin", is_working=ORDINARY.is_working)

    assert len(times) <= 2
    assert [opens, *times] == sorted({opens, *times})
    for at in times:
        local = at.astimezone(BERLIN)
        assert ORDINARY.is_working(local.date())
        assert local.time() == opens.astimezone(BERLIN).time()
        assert local.date() <= closes.astimezone(BERLIN).date() - timedelta(days=1)


def test_a_round_from_tuesday_to_monday_reminds_on_friday_and_not_an_hour_before_it_closes() -> (
    None
):
    assert reminders(TUESDAY, TUESDAY + timedelta(days=6)) == ["Fri 09 10:00"]


def test_a_longer_round_reminds_half_way_and_the_day_before_it_closes() -> None:
    assert reminders(TUESDAY, TUESDAY + timedelta(days=8)) == ["Fri 09 10:00", "Tue 13 10:00"]


def test_no_reminder_comes_on_a_day_off() -> None:
    assert reminders(TUESDAY, TUESDAY + timedelta(days=7), AUTUMN) == ["Fri 09 10:00"]


def test_a_round_over_a_weekend_that_began_on_friday_has_no_reminder_left() -> None:
    friday = TUESDAY + timedelta(days=3)

    assert reminders(friday, friday + timedelta(days=3)) == []
