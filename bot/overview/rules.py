"""Decide from when a group needs help, and what comes next."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from bot.kernel.clock import local_date
from bot.overview.model import DayAhead
from bot.people.model import Role
from bot.programme.model import (
    Programme,
    last_day,
    milestones_for,
    monday_of_week,
    week_of,
)
from bot.schedule.calendar import Calendar

FIRST_MEETING_WEEKS = 2
"""So many weeks after that of its introduction a group is thought to have found a first date."""
QUIET_WEEKS = 6
"""After so long without a meeting a group has gone quiet: programmes hold 2 to 8 a year."""
AWAY_FOR = timedelta(days=7)
CLAIM_WAITS_FOR = timedelta(weeks=3)
LOOKS_AHEAD_WEEKS = 4
MOST_COMING = 5


def weeks_before(programme: Programme, now: datetime, weeks: int) -> date:
    """Give the Monday so many of the programme's weeks ago: breaks are not counted."""
    return monday_of_week(programme, week_of(programme, now) - weeks)


def coming(
    programme: Programme,
    calendar: Calendar,
    pulse_on: datetime | None,
    now: datetime,
    besides: Sequence[DayAhead] = (),
) -> list[DayAhead]:
    """List what the next weeks hold: the pulse, days off, what coordinators are about, the end.

    `besides` stands in it whatever else there is.
    """
    today = local_date(now, programme.timezone)
    ahead = today + timedelta(weeks=LOOKS_AHEAD_WEEKS)
    found = [
        *_pulse(programme, pulse_on),
        *_days_off(calendar, today, ahead),
        *_milestones(programme, now),
        DayAhead(on=last_day(programme), what="Last day"),
    ]
    until = min(ahead, last_day(programme))
    found = sorted((one for one in found if today <= one.on <= until), key=_by_day)
    return sorted([*found[: max(0, MOST_COMING - len(besides))], *besides], key=_by_day)


def _by_day(one: DayAhead) -> tuple[date, str]:
    return one.on, one.what


def _pulse(programme: Programme, pulse_on: datetime | None) -> Iterator[DayAhead]:
    if pulse_on is not None:
        yield DayAhead(on=local_date(pulse_on, programme.timezone), what="A pulse opens")


def _days_off(calendar: Calendar, first: date, last: date) -> Iterator[DayAhead]:
    """Name each holiday, and each break once, on its first day ahead."""
    before: str | None = None
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        named = calendar.day_off(day)
        if named is not None and named != before:
            yield DayAhead(on=day, what=named)
        before = named


def _milestones(programme: Programme, now: datetime) -> Iterator[DayAhead]:
    """Say what a coordinator is about in weeks that begin soon."""
    this_week = week_of(programme, now)
    for week in range(this_week + 1, this_week + LOOKS_AHEAD_WEEKS + 1):
        for one in milestones_for(programme, Role.COORDINATOR, week):
            if one.first_week == week:
                yield DayAhead(on=monday_of_week(programme, week), what=one.text)
