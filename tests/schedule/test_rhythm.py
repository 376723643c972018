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
        (berlin(2, 20), berlin(3, 7)),
        (berlin(3, 3), berlin(3, 7)),
        (berlin(4, 21), berlin(7, 7)),  # Friday evening
        (berlin(5, 12), berlin(7, 7)),  # Saturday noon
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


def test_a_rhythm_without_a_working_day_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one weekday"):
        Rhythm(working_days=frozenset())
