"""Wall-clock rules against every IANA zone: never skipped, never doubled, never early."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.schedule import rules
from bot.schedule.model import Daily, Occurrence, Once, Rule, Weekly

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
FIRST, LAST = date(2024, 1, 1), date(2030, 12, 31)

zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates(FIRST, LAST)
wall_times = st.times().map(lambda at: at.replace(microsecond=0))
instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
weeklies = st.builds(
    Weekly, weekday=st.integers(0, 6), at=wall_times, anchor=days, every_weeks=st.integers(1, 8)
)
recurring = st.one_of(weeklies, st.builds(Daily, wall_times))


def naive(at: datetime, tz: ZoneInfo) -> datetime:
    return at.astimezone(tz).replace(tzinfo=None)


@settings(max_examples=400)
@given(days, wall_times, zones)
@example(date(2024, 3, 10), time(2, 30), ZoneInfo("America/New_York"))
@example(date(2024, 9, 8), time(0, 0), ZoneInfo("America/Santiago"))
@example(date(2024, 10, 6), time(2, 15), ZoneInfo("Australia/Lord_Howe"))
@example(date(2024, 3, 30), time(23, 15), ZoneInfo("America/Nuuk"))
def test_an_instant_is_the_first_at_which_the_clock_shows_the_time_or_more(
    day: date, at: time, tz: ZoneInfo
) -> None:
    wanted = datetime.combine(day, at)

    found = rules.instant_of(day, at, tz)

    assert naive(found, tz) >= wanted
    just_before = naive(found - timedelta(seconds=1), tz)
    assert just_before < wanted
    if naive(found, tz) != wanted:
        shown = {
            (found + timedelta(minutes=m)).astimezone(tz).replace(tzinfo=None)
            for m in range(-180, 181)
        }
        assert wanted.replace(second=0) not in {one.replace(second=0) for one in shown}


@settings(max_examples=300)
@given(recurring, zones, instants)
def test_the_next_time_is_never_early_and_nothing_lies_between(
    rule: Weekly | Daily, tz: ZoneInfo, since: datetime
) -> None:
    found = rules.next_occurrence(rule, tz, since=since)

    assert found is not None
    assert found.at >= since
    assert found.day is not None
    earlier = rules.next_date(rule, since=found.day - timedelta(weeks=9))
    while earlier is not None and earlier < found.day:
        assert rules.instant_of(earlier, rule.at, tz) < since
        earlier = rules.next_date(rule, since=earlier + timedelta(days=1))


@settings(max_examples=120, deadline=None)
@given(wall_times, zones, days)
def test_a_daily_rule_comes_on_every_date_of_half_a_year_exactly_once(
    at: time, tz: ZoneInfo, start: date
) -> None:
    rule = Daily(at)
    seen: list[date | None] = []
    since, served_on = rules.instant_of(start, at, tz), None
    for _ in range(200):
        found = rules.next_occurrence(rule, tz, since=since, served_on=served_on)
        assert found is not None
        seen.append(found.day)
        since, served_on = found.at, found.day

    assert seen == [start + timedelta(days=number) for number in range(200)]


def clock_changes(tz: ZoneInfo) -> tuple[tuple[date, timedelta | None, timedelta | None], ...]:
    """The dates before whose noon the clocks of `tz` were changed, with the offsets around."""
    noons = [
        datetime.combine(FIRST + timedelta(days=number), time(12), tz)
        for number in range((LAST - FIRST).days + 1)
    ]
    offsets = [noon.utcoffset() for noon in noons]
    return tuple(
        (noon.date(), before, after)
        for noon, (before, after) in zip(noons[1:], pairwise(offsets), strict=True)
        if before != after
    )


def test_no_zone_skips_or_doubles_a_date_around_its_clock_changes() -> None:
    seen = set()
    for name in ZONES:
        tz = ZoneInfo(name)
        changes = clock_changes(tz)
        if changes in seen:
            continue
        seen.add(changes)
        for day, _, _ in changes:
            around = [day + timedelta(days=number) for number in range(-2, 3)]
            for quarter in range(96):
                at = time(quarter // 4, quarter % 4 * 15)
                instants_of = [rules.instant_of(one, at, tz) for one in around]
                assert all(a < b for a, b in pairwise(instants_of)), name
                for one, instant in zip(around, instants_of, strict=True):
                    assert naive(instant, tz) >= datetime.combine(one, at), name
                    assert naive(instant, tz).date() - one <= timedelta(days=1), name
    assert len(seen) > 20


@settings(max_examples=200)
@given(recurring, zones, instants, st.integers(0, 200 * 24))
def test_catching_up_gives_the_latest_time_and_leaves_none_behind(
    rule: Weekly | Daily, tz: ZoneInfo, since: datetime, hours_down: int
) -> None:
    due = rules.next_occurrence(rule, tz, since=since)
    assert due is not None
    now = due.at + timedelta(hours=hours_down)

    latest = rules.catch_up(rule, tz, due=due, now=now)
    following = rules.next_occurrence(rule, tz, since=now, served_on=latest.day)

    assert due.at <= latest.at <= now
    assert following is not None
    assert latest.day is not None
    assert following.at >= now
    assert following.day == rules.next_date(rule, since=latest.day + timedelta(days=1))


@settings(max_examples=200)
@given(weeklies, zones, instants)
def test_a_weekly_rule_comes_on_its_weekday_in_its_weeks(
    rule: Weekly, tz: ZoneInfo, since: datetime
) -> None:
    found = rules.next_occurrence(rule, tz, since=since)

    assert found is not None
    assert found.day is not None
    assert found.day.weekday() == rule.weekday
    monday = found.day - timedelta(days=found.day.weekday())
    anchor = rule.anchor - timedelta(days=rule.anchor.weekday())
    assert (monday - anchor).days % (7 * rule.every_weeks) == 0


def test_a_time_that_the_clocks_jump_over_comes_at_the_jump() -> None:
    found = rules.instant_of(date(2026, 3, 29), time(2, 30), ZoneInfo("Europe/Berlin"))

    assert found == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_a_time_that_the_clocks_show_twice_comes_the_first_time() -> None:
    found = rules.instant_of(date(2026, 10, 25), time(2, 30), ZoneInfo("Europe/Berlin"))

    assert found == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_between_the_two_showings_it_is_not_due_again() -> None:
    tz = ZoneInfo("Europe/Berlin")
    between = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)

    found = rules.next_occurrence(Daily(time(2, 30)), tz, since=between)

    assert found == Occurrence(date(2026, 10, 26), datetime(2026, 10, 26, 1, 30, tzinfo=UTC))


@given(
    st.one_of(
        weeklies,
        st.builds(Daily, st.times()),
        st.builds(Once, instants),
    )
)
def test_a_rule_is_read_back_from_its_text_as_it_was(rule: Rule) -> None:
    assert Rule.from_text(rule.to_text()) == rule


@pytest.mark.parametrize(
    "text", ["", "sometimes", "weekly 9 09:00 every 1 from 2026-09-07", "daily 25:00", "once soon"]
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Rule.from_text(text)


def test_a_rule_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="every 1 week"):
        Weekly(weekday=0, at=time(9), anchor=FIRST, every_weeks=0)
    with pytest.raises(ValueError, match="without a zone"):
        Daily(time(9, tzinfo=UTC))
