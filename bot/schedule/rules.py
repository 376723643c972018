"""Find the next time of a rule, on the wall clocks of the world.

An occurrence belongs to a local date, and each date has exactly one: so a clock that goes forward
cannot skip it, and one that goes back cannot double it.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.kernel.clock import as_utc, monday_of
from bot.schedule.calendar import ORDINARY, Calendar
from bot.schedule.model import Daily, Occurrence, Once, Rhythm, Rule, Weekly

FARTHEST = datetime(9999, 1, 1, tzinfo=UTC)
"""Stands for "no end": a pause until then has no date to return on."""

MORNING = time(8)
"""When a working day begins for who has no quiet hours of their own."""

DaysOff = Callable[[date], bool]
"""Says whether a date is a day off for everybody, such as a public holiday."""


def working_days(_day: date) -> bool:
    """Stand in where nobody has named a holiday or a break."""
    return False


_LONGEST_REST_DAYS = 400
"""Longer than any break between two working days; what waits is never held for ever."""
_ONE_DAY = timedelta(days=1)
_MOST_DATES = 1_000
"""Dates of a rule that are tried: a calendar that is all days off has no working day."""
_ZONE_SPREAD = timedelta(days=2)
"""More than any two clocks of the world lie apart, and more than any clock ever jumped."""


def zone(name: str) -> ZoneInfo:
    """Find the IANA zone called `name`. Raises ValueError when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone such as Europe/Berlin") from None


def instant_of(day: date, at: time, tz: ZoneInfo) -> datetime:
    """Find the first instant (UTC) at which the clocks of `tz` show `at` on `day`, or more.

    A time that the clocks jump over gives the moment of the jump; a time that they show twice
    gives the first.
    """
    local = datetime.combine(day, at)
    first = local.replace(tzinfo=tz, fold=0).astimezone(UTC)
    second = local.replace(tzinfo=tz, fold=1).astimezone(UTC)
    if first <= second:
        return first
    return _jump_between(second, first, local=local, tz=tz)


def _jump_between(before: datetime, after: datetime, *, local: datetime, tz: ZoneInfo) -> datetime:
    """Find the first whole second in (before, after] whose local time is `local` or later."""
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        shown = (before + timedelta(seconds=middle)).astimezone(tz).replace(tzinfo=None)
        low, high = (low, middle) if shown >= local else (middle, high)
    return before + timedelta(seconds=high)


def next_date(rule: Rule, *, since: date) -> date | None:
    """Find the first date at or after `since` on which `rule` comes round; None when over."""
    match rule:
        case Daily():
            return since
        case Weekly():
            day = since + timedelta(days=(rule.weekday - since.weekday()) % 7)
            weeks_off = (monday_of(day) - monday_of(rule.anchor)).days // 7
            return day + timedelta(weeks=-weeks_off % rule.every_weeks)
        case _:
            raise TypeError(f"{type(rule).__name__} has no dates")


def occurs_at(
    rule: Weekly | Daily, day: date, tz: ZoneInfo, calendar: Calendar = ORDINARY
) -> datetime | None:
    """Find when `rule` comes for `day`, one of its dates: later where that is a day off.

    None where it does not come: the calendar does not move it, or its next date takes over.
    """
    if not calendar.is_off(day):
        return instant_of(day, rule.at, tz)
    moved = calendar.next_working(day)
    following = next_date(rule, since=day + _ONE_DAY)
    if not calendar.moves or following is None or following <= moved:
        return None
    return instant_of(moved, rule.at, tz)


def _moved_once(instant: datetime, tz: ZoneInfo, calendar: Calendar) -> datetime:
    """Move what comes only once from a day off to the next working day, at the same local time."""
    local = instant.astimezone(tz)
    if not calendar.is_off(local.date()):
        return instant
    return instant_of(calendar.next_working(local.date()), local.time(), tz)


def past_days_off(
    until: datetime, tz: ZoneInfo, calendar: Calendar, *, since: datetime
) -> datetime:
    """Move an end on by the days off between `since` and it, at the same local time.

    An end that moves falls on a working day.
    """
    day, end = since.astimezone(tz).date(), until.astimezone(tz)
    last_tried = end.date() + timedelta(days=_LONGEST_REST_DAYS)
    left = (end.date() - day).days
    while left > 0 and day < last_tried:
        day += _ONE_DAY
        left -= not calendar.is_off(day)
    if day == end.date():
        return until
    return instant_of(calendar.next_working(day), end.time(), tz)


def next_occurrence(
    rule: Rule,
    tz: ZoneInfo,
    *,
    since: datetime,
    served_on: date | None = None,
    calendar: Calendar = ORDINARY,
) -> Occurrence | None:
    """Find the first time at or after `since` that `rule` comes round on a date after `served_on`.

    A rule that comes round only once and was to do so before `since` does it at that past time:
    what nobody has done yet is still to be done. None when the rule is over. Days off are those
    of `calendar`; a rule that comes once is moved whatever it says of others.
    """
    match rule:
        case Once():
            return Occurrence(None, _moved_once(rule.instant, tz, calendar))
        case Weekly() | Daily():
            since = as_utc(since)
            return _next_recurring(rule, tz, since=since, served_on=served_on, calendar=calendar)
        case _:
            raise TypeError(f"{type(rule).__name__} is no known rule")


def _next_recurring(
    rule: Weekly | Daily,
    tz: ZoneInfo,
    *,
    since: datetime,
    served_on: date | None,
    calendar: Calendar,
) -> Occurrence | None:
    day = (since.astimezone(tz) - _ZONE_SPREAD).date()
    if not calendar.is_empty:
        day = calendar.days_off_began(day)
    if served_on is not None:
        day = max(day, served_on + _ONE_DAY)
    for _ in range(_MOST_DATES):
        found = next_date(rule, since=day)
        assert found is not None, "a recurring rule has no end"
        at = occurs_at(rule, found, tz, calendar)
        if at is not None and at >= since:
            return Occurrence(found, at)
        day = found + _ONE_DAY
    return None


def catch_up(
    rule: Rule,
    tz: ZoneInfo,
    *,
    due: Occurrence,
    now: datetime,
    calendar: Calendar = ORDINARY,
) -> Occurrence:
    """Find the latest time at or before `now`, and not before `due`, that `rule` came round."""
    if not isinstance(rule, Weekly | Daily) or due.day is None:
        return due
    local_today = as_utc(now).astimezone(tz).date()
    interval = timedelta(weeks=rule.every_weeks) if isinstance(rule, Weekly) else _ONE_DAY
    start = max(due.day, local_today - interval - _ZONE_SPREAD)
    if not calendar.is_empty:
        start = max(due.day, calendar.days_off_began(start))
    latest = due
    while (day := next_date(rule, since=start)) and day <= local_today + _ZONE_SPREAD:
        at = occurs_at(rule, day, tz, calendar)
        if at is not None and due.at <= at <= now:
            latest = Occurrence(day, at)
        start = day + _ONE_DAY
    return latest


def is_quiet(local: datetime, rhythm: Rhythm, days_off: DaysOff = working_days) -> bool:
    """Say whether a member with this rhythm wants no message at `local`, their wall-clock time."""
    return _is_off(local.date(), rhythm, days_off) or is_quiet_hour(local.time(), rhythm)


def _is_off(day: date, rhythm: Rhythm, days_off: DaysOff) -> bool:
    return day.weekday() not in rhythm.working_days or days_off(day)


def is_quiet_hour(at: time, rhythm: Rhythm) -> bool:
    """Say whether a local time lies in the quiet hours of a rhythm."""
    start, end = rhythm.quiet_from, rhythm.quiet_until
    if start <= end:
        return start <= at < end
    return at >= start or at < end


def welcome_at(
    at: datetime, tz: ZoneInfo, rhythm: Rhythm, days_off: DaysOff = working_days
) -> datetime:
    """Find the first instant at or after `at` (aware) that is neither quiet nor on a day off.

    After a day off that is in the morning, at MORNING or when the quiet of the night ends, and not
    at midnight.
    """
    at = as_utc(at)
    if not is_quiet(at.astimezone(tz), rhythm, days_off):
        return at
    first_day = at.astimezone(tz).date()
    for ahead in range(_LONGEST_REST_DAYS):
        day = first_day + timedelta(days=ahead)
        if _is_off(day, rhythm, days_off):
            continue
        for wall in _ends_of_quiet(day, rhythm, days_off):
            candidate = instant_of(day, wall, tz)
            if candidate >= at and not is_quiet(candidate.astimezone(tz), rhythm, days_off):
                return candidate
    return at + timedelta(days=_LONGEST_REST_DAYS)


def _ends_of_quiet(day: date, rhythm: Rhythm, days_off: DaysOff) -> tuple[time, ...]:
    """List when on a working day it may stop being quiet, the earliest first."""
    if not _is_off(day - _ONE_DAY, rhythm, days_off):
        return (rhythm.quiet_until,)
    ends_a_night = rhythm.quiet_from > rhythm.quiet_until
    ends = {rhythm.quiet_until} if ends_a_night else {MORNING, max(MORNING, rhythm.quiet_until)}
    return tuple(sorted(ends))


def morning_after(
    at: datetime, tz: ZoneInfo, rhythm: Rhythm, days_off: DaysOff = working_days
) -> datetime:
    """Find the first welcome instant once an absence has ended at `at`, and not before MORNING."""
    local = at.astimezone(tz)
    if local.time() < MORNING:
        at = max(at, instant_of(local.date(), MORNING, tz))
    return welcome_at(at, tz, rhythm, days_off)


NEVER: dict[str, Any] = {"next_due_at": None, "due_on": None}


def following_values(
    values: dict[str, Any], *, since: datetime, paused_until: datetime | None, calendar: Calendar
) -> dict[str, Any]:
    """Work out `next_due_at` and `due_on` of a schedule that is not being claimed."""
    if paused_until is not None and paused_until >= FARTHEST:
        return NEVER
    not_before = [end for end in (values["not_before"], paused_until) if end is not None]
    found = next_occurrence(
        Rule.from_text(values["rule"]),
        zone(values["tz"]),
        since=max([since, *not_before]),
        served_on=values["served_on"],
        calendar=calendar,
    )
    if found is None:
        return NEVER
    return {"next_due_at": max([found.at, *not_before]), "due_on": found.day}
