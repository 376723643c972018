"""When a group could meet: in nobody's quiet hours, and where that is impossible, it says so."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.kernel.errors import UserFacing
from bot.meetings.model import Length
from bot.meetings.rules import Availability, agenda_at, check_times, length_of, suggest
from bot.schedule.model import Rhythm
from bot.schedule.rules import is_quiet

MONDAY = datetime(2026, 10, 5, tzinfo=UTC)
FORTNIGHT = timedelta(days=14)
HOUR = timedelta(hours=1)
ZONES = ("Europe/London", "Europe/Berlin", "America/New_York", "Asia/Singapore", "Pacific/Auckland")
OFF = {date(2026, 10, 6), date(2026, 10, 7)}
LONDON = Availability(tz=ZoneInfo("Europe/London"))


def is_off(day: date) -> bool:
    return day in OFF


rhythms = st.builds(
    Rhythm,
    quiet_from=st.sampled_from([time(17), time(20), time(22)]),
    quiet_until=st.sampled_from([time(6), time(8), time(10)]),
    working_days=st.sampled_from([frozenset(range(5)), frozenset({1, 2, 3}), frozenset(range(7))]),
)
people = st.lists(
    st.builds(
        Availability,
        tz=st.sampled_from([ZoneInfo(one) for one in ZONES]),
        rhythm=rhythms,
        away_until=st.none() | st.just(MONDAY + timedelta(days=4)),
        days_off=st.just(is_off),
    ),
    min_size=1,
    max_size=5,
)


def minutes_of(start: datetime, length: timedelta) -> list[datetime]:
    return [start + timedelta(minutes=5 * n) for n in range(int(length.total_seconds()) // 300)]


def suits(one: Availability, start: datetime, length: timedelta) -> bool:
    if one.away_until is not None and start < one.away_until:
        return False
    local = [at.astimezone(one.tz) for at in minutes_of(start, length)]
    return not any(is_quiet(at, one.rhythm) for at in local)


@settings(max_examples=60, deadline=None)
@given(people, st.sampled_from([30, 60, 90]))
def test_what_is_suggested_suits_everybody_or_says_for_how_many_it_does_not(
    group: list[Availability], minutes: int
) -> None:
    length = timedelta(minutes=minutes)

    found = suggest(group, MONDAY, MONDAY + FORTNIGHT, length=length, most=10)

    assert len(found) <= 10
    assert [one.starts_at for one in found] == sorted({one.starts_at for one in found})
    for one in found:
        assert MONDAY <= one.starts_at <= MONDAY + FORTNIGHT - length
        assert one.unsuited == sum(not suits(each, one.starts_at, length) for each in group)
        days = {
            at.astimezone(p.tz).date() for p in group for at in minutes_of(one.starts_at, length)
        }
        assert not days & OFF
    assert len({one.unsuited for one in found}) <= 1, "the least bad are all as bad"


@settings(max_examples=30, deadline=None)
@given(people)
def test_no_time_is_passed_over_that_would_be_better(group: list[Availability]) -> None:
    found = suggest(group, MONDAY, MONDAY + FORTNIGHT, length=HOUR, most=10)
    every = [MONDAY + n * timedelta(minutes=30) for n in range(48 * 13)]
    free = [
        at
        for at in every
        if all(suits(one, at, HOUR) for one in group)
        and not {(at + n * HOUR).astimezone(one.tz).date() for one in group for n in (0, 0.99)}
        & OFF
    ]

    assert bool(free) is bool(found and found[0].unsuited == 0)


def test_within_working_hours_on_as_many_days_as_there_are() -> None:
    found = suggest([LONDON, LONDON], MONDAY, MONDAY + FORTNIGHT, length=HOUR, most=10)

    local = [one.starts_at.astimezone(LONDON.tz) for one in found]
    assert len({at.date() for at in local}) == 10
    assert all(time(8) <= at.time() <= time(17) for at in local)
    assert len({at.time() for at in local}) >= 3, "early, in the middle and late"
    assert not any(one.unsuited or one.strained for one in found)


def test_where_only_the_edges_of_the_day_overlap_it_says_that_it_is_early_or_late() -> None:
    singapore = Availability(tz=ZoneInfo("Asia/Singapore"))
    new_york = Availability(tz=ZoneInfo("America/New_York"))
    late = replace(singapore, rhythm=Rhythm(quiet_from=time(22)))

    found = suggest([new_york, late], MONDAY, MONDAY + FORTNIGHT, length=HOUR, most=5)

    assert found
    assert all(one.unsuited == 0 and one.strained for one in found)


def test_without_any_overlap_it_offers_the_least_bad_and_names_nobody() -> None:
    auckland = Availability(tz=ZoneInfo("Pacific/Auckland"))

    found = suggest([LONDON, LONDON, auckland], MONDAY, MONDAY + FORTNIGHT, length=HOUR, most=5)

    assert {one.unsuited for one in found} == {1}
    assert set(found[0].__slots__) == {"starts_at", "unsuited", "strained"}


def test_somebody_on_a_long_break_holds_nobody_up_and_a_short_one_is_waited_for() -> None:
    back_on_friday = MONDAY + timedelta(days=4)
    long = replace(LONDON, tz=ZoneInfo("Pacific/Auckland"), away_until=MONDAY + 9 * FORTNIGHT)
    short = replace(LONDON, away_until=back_on_friday)

    found = suggest([LONDON, long, short], MONDAY, MONDAY + FORTNIGHT, length=HOUR, most=10)

    assert found
    assert all(one.unsuited == 0 and one.starts_at >= back_on_friday for one in found)
    assert suggest([long], MONDAY, MONDAY + FORTNIGHT, length=HOUR, most=10) == []


def test_nothing_is_suggested_where_every_day_is_off() -> None:
    closed = replace(LONDON, days_off=lambda _day: True)

    assert suggest([closed], MONDAY, MONDAY + FORTNIGHT, length=HOUR, most=10) == []


def test_the_agenda_comes_on_the_mentors_last_working_day_before() -> None:
    monday_noon = MONDAY + timedelta(days=7, hours=12)
    thursday = MONDAY + timedelta(days=3, hours=9)

    assert agenda_at(monday_noon, LONDON, now=MONDAY) == datetime(2026, 10, 9, 8, tzinfo=UTC)
    assert agenda_at(thursday, LONDON, now=MONDAY) == datetime(2026, 10, 7, 8, tzinfo=UTC)
    off = replace(LONDON, days_off=is_off)
    assert agenda_at(thursday, off, now=MONDAY) == MONDAY + timedelta(hours=8)
    too_late = thursday - timedelta(hours=20)
    assert agenda_at(thursday, LONDON, now=too_late) == thursday - timedelta(hours=2)
    assert agenda_at(thursday, LONDON, now=thursday - HOUR) == thursday - HOUR


def test_times_that_cannot_be_offered_are_refused() -> None:
    times = [MONDAY + n * HOUR for n in range(1, 7)]

    check_times(times[:5], now=MONDAY)
    far = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    farther = far.replace(tzinfo=timezone(-14 * HOUR))
    for chosen, why in (
        ([], "at least one"),
        (times, "up to 5"),
        ([MONDAY], "passed"),
        ([datetime.min.replace(tzinfo=UTC)], "passed"),
        ([times[0], MONDAY + timedelta(days=381)], "within a year"),
        ([far], "within a year"),
        ([farther], "within a year"),
    ):
        with pytest.raises(UserFacing, match=why):
            check_times(chosen, now=MONDAY)
    with pytest.raises(ValueError, match="without a time zone"):
        check_times([times[0].replace(tzinfo=None)], now=MONDAY)


def test_minutes_lie_in_a_band() -> None:
    bands = [length_of(one) for one in (None, 15, 30, 60, 61)]

    middle = Length.FROM_30_TO_60
    assert bands == [None, Length.UNDER_30, middle, middle, Length.OVER_60]
