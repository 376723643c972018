from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.schedule import rules
from bot.schedule.model import Rhythm

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Rhythm()
zones = st.sampled_from(sorted(available_timezones() - {"localtime"})).map(ZoneInfo)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
rhythms = st.builds(
    Rhythm,
    quiet_from=st.times(),
    quiet_until=st.times(),
    working_days=st.frozensets(st.integers(0, 6), min_size=1),
)


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 9, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("wanted", "welcome"),
    [
        (berlin(2, 10), berlin(2, 10)),
        (berlin(2, 20), berlin(3, 8)),
        (berlin(3, 3), berlin(3, 8)),
        (berlin(4, 21), berlin(7, 8)),  # Friday evening
        (berlin(5, 12), berlin(7, 8)),  # Saturday noon
    ],
)
def test_a_message_waits_for_the_end_of_the_quiet_time(wanted: datetime, welcome: datetime) -> None:
    assert rules.welcome_at(wanted, BERLIN, OFFICE) == welcome


@given(instants, zones, rhythms)
def test_a_message_is_never_early_never_quiet_and_never_more_than_eight_days_late(
    at: datetime, tz: ZoneInfo, rhythm: Rhythm
) -> None:
    welcome = rules.welcome_at(at, tz, rhythm)

    assert at <= welcome <= at + timedelta(days=9)
    if welcome != at:
        assert not rules.is_quiet(welcome.astimezone(tz), rhythm)


def test_a_rhythm_may_be_quiet_within_a_day() -> None:
    siesta = Rhythm(quiet_from=time(13), quiet_until=time(15))

    assert rules.welcome_at(berlin(2, 14), BERLIN, siesta) == berlin(2, 15)
    assert rules.welcome_at(berlin(2, 12), BERLIN, siesta) == berlin(2, 12)


NO_QUIET = Rhythm(quiet_from=time(0), quiet_until=time(0))
EARLY = Rhythm(quiet_from=time(22), quiet_until=time(6))
SIESTA = Rhythm(quiet_from=time(13), quiet_until=time(15))


@pytest.mark.parametrize(
    ("rhythm", "morning"),
    [(NO_QUIET, berlin(7, 8)), (EARLY, berlin(7, 6)), (SIESTA, berlin(7, 8))],
)
def test_after_a_day_off_it_is_the_morning_and_not_midnight(
    rhythm: Rhythm, morning: datetime
) -> None:
    assert rules.welcome_at(berlin(5, 12), BERLIN, rhythm) == morning


def test_a_common_day_off_is_quiet_for_everybody() -> None:
    days_off = {berlin(2, 12).date(), berlin(3, 12).date()}.__contains__

    assert rules.welcome_at(berlin(2, 12), BERLIN, OFFICE, days_off) == berlin(4, 8)
    assert rules.welcome_at(berlin(1, 21), BERLIN, NO_QUIET, days_off) == berlin(1, 21)
    assert rules.welcome_at(berlin(2, 12), BERLIN, NO_QUIET, days_off) == berlin(4, 8)


@pytest.mark.parametrize(
    ("ends", "rhythm", "morning"),
    [
        (berlin(2, 0), NO_QUIET, berlin(2, 8)),
        (berlin(2, 14), NO_QUIET, berlin(2, 14)),
        (berlin(2, 0), OFFICE, berlin(2, 8)),
        (berlin(5, 0), OFFICE, berlin(7, 8)),
    ],
)
def test_an_absence_ends_in_the_morning(ends: datetime, rhythm: Rhythm, morning: datetime) -> None:
    assert rules.morning_after(ends, BERLIN, rhythm) == morning


def test_a_rhythm_without_a_working_day_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one weekday"):
        Rhythm(working_days=frozenset())
