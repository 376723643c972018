"""Nothing falls due on public holidays and in breaks: it moves, or does not come that time."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.database import Database
from bot.kinds import ScheduleKind
from bot.schedule import claims, rules, store
from bot.schedule.calendar import (
    Break,
    Calendar,
    checked,
    countries,
    country_names,
    country_of,
    region_names,
)
from bot.schedule.model import Daily, Occurrence, Once, Weekly
from bot.schedule.time_off import calendar_for, calendar_of, put_calendar
from tests.conftest import ELSEWHERE, HERE

LONDON = ZoneInfo("Europe/London")
NINE = time(9)
ENGLAND = Calendar(country="GB", region="ENG")
CHRISTMAS = Calendar(breaks=(Break(date(2026, 12, 21), date(2027, 1, 3)),))
MONDAYS = Weekly(weekday=0, at=NINE, anchor=date(2026, 9, 7))
FORTNIGHTLY = Weekly(weekday=0, at=NINE, anchor=date(2026, 9, 7), every_weeks=2)


def london(day: date, at: time = NINE) -> datetime:
    return datetime.combine(day, at, LONDON).astimezone(UTC)


def dates(rule: Weekly | Daily, calendar: Calendar, since: date, count: int) -> list[date]:
    """The local dates on which a rule really comes, from a day on."""
    found, at, served = [], london(since, time(0)), None
    for _ in range(count):
        one = rules.next_occurrence(rule, LONDON, since=at, served_on=served, calendar=calendar)
        assert one is not None
        found.append(one.at.astimezone(LONDON).date())
        at, served = one.at, one.day
    return found


def test_what_falls_on_a_holiday_comes_on_the_next_working_day() -> None:
    may_day = date(2027, 5, 3)

    assert ENGLAND.day_off(may_day) == "May Day"
    assert dates(MONDAYS, ENGLAND, date(2027, 4, 26), 3) == [
        date(2027, 4, 26),
        date(2027, 5, 4),
        date(2027, 5, 10),
    ]


def test_good_friday_and_easter_monday_are_one_rest_with_the_weekend_between() -> None:
    fridays = Weekly(weekday=4, at=NINE, anchor=date(2027, 3, 1))

    assert dates(fridays, ENGLAND, date(2027, 3, 20), 2) == [date(2027, 3, 30), date(2027, 4, 2)]


def test_what_is_not_to_move_does_not_come_that_time() -> None:
    skips = Calendar(country="GB", region="ENG", moves=False)

    assert dates(MONDAYS, skips, date(2027, 4, 26), 2) == [date(2027, 4, 26), date(2027, 5, 10)]


def test_after_a_long_break_it_comes_once_and_not_once_for_each_week() -> None:
    assert dates(MONDAYS, CHRISTMAS, date(2026, 12, 14), 3) == [
        date(2026, 12, 14),
        date(2027, 1, 4),
        date(2027, 1, 11),
    ]


def test_what_comes_every_two_weeks_comes_when_the_break_is_over() -> None:
    assert dates(FORTNIGHTLY, CHRISTMAS, date(2026, 12, 28), 2) == [
        date(2027, 1, 4),
        date(2027, 1, 11),
    ]


def test_what_comes_once_is_moved_and_never_lost() -> None:
    rule = Once(london(date(2026, 12, 25), time(14)))
    for moves in (True, False):
        calendar = Calendar(country="GB", region="ENG", moves=moves)
        found = rules.next_occurrence(rule, LONDON, since=rule.instant, calendar=calendar)
        assert found == Occurrence(None, london(date(2026, 12, 29), time(14)))


calendars = st.builds(
    Calendar,
    country=st.sampled_from(["", "GB", "DE", "US", "JP"]),
    breaks=st.lists(
        st.builds(
            lambda first, days: Break(first, first + timedelta(days=days)),
            st.dates(date(2026, 1, 1), date(2027, 12, 31)),
            st.integers(0, 60),
        ),
        max_size=3,
    ).map(tuple),
    moves=st.booleans(),
)


@given(calendars, st.dates(date(2026, 1, 1), date(2027, 6, 30)), st.integers(1, 4))
def test_nothing_ever_comes_on_a_day_off_nor_twice_on_a_day(
    calendar: Calendar, since: date, every_weeks: int
) -> None:
    rule = Weekly(weekday=since.weekday(), at=NINE, anchor=since, every_weeks=every_weeks)

    found = dates(rule, calendar, since, 12)

    assert not any(calendar.is_off(day) for day in found)
    assert sorted(set(found)) == found
    assert all(
        day.weekday() == rule.weekday or (calendar.moves and calendar.is_working(day))
        for day in found
    )


@given(calendars, st.dates(date(2026, 1, 1), date(2027, 6, 30)), st.integers(0, 90))
def test_what_was_missed_is_caught_up_at_a_time_that_was_no_day_off(
    calendar: Calendar, since: date, later: int
) -> None:
    at = london(since, time(0))
    due = rules.next_occurrence(MONDAYS, LONDON, since=at, calendar=calendar)
    assert due is not None
    now = due.at + timedelta(days=later)

    latest = rules.catch_up(MONDAYS, LONDON, due=due, now=now, calendar=calendar)
    following = rules.next_occurrence(
        MONDAYS, LONDON, since=now, served_on=latest.day, calendar=calendar
    )

    assert due.at <= latest.at <= now
    assert not calendar.is_off(latest.at.astimezone(LONDON).date())
    assert following is not None
    assert following.at > latest.at


async def test_prompts_keep_to_the_days_off_of_their_workspace_and_erasure_does_not(
    database: Database,
) -> None:
    now = london(date(2027, 4, 27))
    kinds = (ScheduleKind.CHECKIN_PROMPT, ScheduleKind.DAILY_CHECK)
    async with database.writing() as connection:
        await put_calendar(connection, HERE, ENGLAND)
        due = {
            (place, kind): await store.put(
                connection, place, kind=kind, subject_id="a", rule=MONDAYS, tz=LONDON.key, now=now
            )
            for place in (HERE, ELSEWHERE)
            for kind in kinds
        }

    holiday, day_after = london(date(2027, 5, 3)), london(date(2027, 5, 4))
    assert due == {
        (HERE, kinds[0]): day_after,
        (HERE, kinds[1]): holiday,
        (ELSEWHERE, kinds[0]): holiday,
        (ELSEWHERE, kinds[1]): holiday,
    }


async def test_what_is_claimed_goes_on_by_the_days_off(database: Database) -> None:
    its: Any = {"kind": ScheduleKind.CHECKIN_PROMPT, "subject_id": "a"}
    async with database.writing() as connection:
        await put_calendar(connection, HERE, CHRISTMAS)
        start = london(date(2026, 12, 14), time(0))
        await store.put(connection, HERE, **its, rule=MONDAYS, tz=LONDON.key, now=start)
        await claims.claim_due(connection, now=london(date(2026, 12, 14)), limit=9)
        found = await store.upcoming(connection, HERE, subject_ids=["a"])

    assert [one.due_at for one in found] == [london(date(2027, 1, 4))]


async def test_what_is_scheduled_follows_when_days_off_change(database: Database) -> None:
    its: Any = {"kind": ScheduleKind.PULSE_OPEN, "subject_id": "a"}
    now = london(date(2026, 12, 15))
    async with database.writing() as connection:
        await store.put(connection, HERE, **its, rule=MONDAYS, tz=LONDON.key, now=now)
        due = []
        for calendar in (CHRISTMAS, Calendar()):
            await put_calendar(connection, HERE, calendar)
            await store.follow_calendar(connection, HERE, now=now)
            found = await store.upcoming(connection, HERE, subject_ids=["a"])
            due += [one.due_at for one in found]
        assert await calendar_of(connection, HERE) == Calendar()

    assert due == [london(date(2027, 1, 4)), london(date(2026, 12, 21))]


async def test_a_traveller_keeps_the_day_to_which_something_was_moved(database: Database) -> None:
    its: Any = {"kind": ScheduleKind.CHECKIN_PROMPT, "subject_id": "a"}
    now = london(date(2027, 4, 27))
    async with database.writing() as connection:
        await put_calendar(connection, HERE, ENGLAND)
        await store.put(connection, HERE, **its, rule=MONDAYS, tz=LONDON.key, now=now)
        await store.change_zone(connection, HERE, subject_id="a", tz="Asia/Tokyo", now=now)
        found = await store.upcoming(connection, HERE, subject_ids=["a"])

    assert [one.due_at for one in found] == [datetime(2027, 5, 4, tzinfo=UTC)]


def test_a_country_is_proposed_from_the_zone_where_it_lies_in_one() -> None:
    assert [country_of(name) for name in ("Europe/Berlin", "America/New_York", "UTC")] == [
        "DE",
        "US",
        "",
    ]


def test_every_country_offered_has_a_name_and_can_be_kept() -> None:
    assert len(country_names()) > 100
    for code in country_names():
        assert checked(Calendar(country=code)).country == code
        assert set(region_names(code)) == set(countries()[code])


@pytest.mark.parametrize("calendar", [Calendar(country="ZZ"), Calendar(country="GB", region="BY")])
def test_an_unknown_country_or_region_is_refused(calendar: Calendar) -> None:
    with pytest.raises(ValueError, match="is no"):
        checked(calendar)


def test_only_what_asks_somebody_for_something_keeps_to_days_off() -> None:
    asks = {
        ScheduleKind.CHECKIN_PROMPT,
        ScheduleKind.MENTOR_NUDGE,
        ScheduleKind.PULSE_OPEN,
        ScheduleKind.PULSE_REMINDER,
    }

    assert {kind for kind in ScheduleKind if calendar_for(kind, ENGLAND) is ENGLAND} == asks
