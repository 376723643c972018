"""Decide from when a group needs help, which cells are too small, and what comes next."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from bot.kernel.clock import local_date
from bot.overview.model import Coming
from bot.people.model import Role
from bot.programme.model import (
    Programme,
    last_day,
    milestones_for,
    monday_of_week,
    week_of,
)
from bot.schedule.calendar import Calendar

FIRST_MEETING_WEEKS = 3
"""So long after its introduction a group is thought to have found a first date."""
QUIET_WEEKS = 6
"""After so long without a meeting a group has gone quiet: programmes hold 2 to 8 a year."""
AWAY_FOR = timedelta(days=7)
CLAIM_WAITS_FOR = timedelta(weeks=3)
LEAST_IN_CELL = 5
LOOKS_AHEAD_WEEKS = 4
MOST_COMING = 5


def weeks_before(programme: Programme, now: datetime, weeks: int) -> date:
    """Give the Monday so many of the programme's weeks ago: breaks are not counted."""
    return monday_of_week(programme, week_of(programme, now) - weeks)


def told_cells(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Tell only cells of LEAST_IN_CELL or more, and so many that none can be worked out.

    The total is known elsewhere: where one cell alone would be left out, the smallest of the
    others is, too. An empty cell is told as such only where no other is left out.
    """
    small = {name for name, count in counts.items() if 0 < count < LEAST_IN_CELL}
    if not small:
        return dict(counts)
    hidden = small | {name for name, count in counts.items() if count == 0}
    if len(hidden) == 1 or sum(counts[one] for one in hidden) < LEAST_IN_CELL:
        others = sorted((one for one in counts if one not in hidden), key=lambda one: counts[one])
        hidden |= set(others[:1])
    return {name: None if name in hidden else count for name, count in counts.items()}


def coming(
    programme: Programme, calendar: Calendar, pulse_on: datetime | None, now: datetime
) -> list[Coming]:
    """List what the next weeks hold: the pulse, days off, what coordinators are about, the end."""
    today = local_date(now, programme.timezone)
    ahead = today + timedelta(weeks=LOOKS_AHEAD_WEEKS)
    found = [
        *_pulse(programme, pulse_on),
        *_days_off(calendar, today, ahead),
        *_milestones(programme, now),
        Coming(on=last_day(programme), what="Last day"),
    ]
    found = [one for one in found if today <= one.on <= ahead]
    return sorted(found, key=lambda one: (one.on, one.what))[:MOST_COMING]


def _pulse(programme: Programme, pulse_on: datetime | None) -> Iterator[Coming]:
    if pulse_on is not None:
        yield Coming(on=local_date(pulse_on, programme.timezone), what="The next pulse opens")


def _days_off(calendar: Calendar, first: date, last: date) -> Iterator[Coming]:
    """Name each holiday, and each break once, on its first day ahead."""
    before: str | None = None
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        named = calendar.day_off(day)
        if named is not None and named != before:
            yield Coming(on=day, what=named)
        before = named


def _milestones(programme: Programme, now: datetime) -> Iterator[Coming]:
    """Say what a coordinator is about in weeks that begin soon."""
    this_week = week_of(programme, now)
    for week in range(this_week + 1, this_week + LOOKS_AHEAD_WEEKS + 1):
        for one in milestones_for(programme, Role.COORDINATOR, week):
            if one.first_week == week:
                yield Coming(on=monday_of_week(programme, week), what=one.text)


def monday_numbers(programme: Programme, now: datetime) -> Sequence[int]:
    """Give the numbers of the weeks from this one on that the calendar shows."""
    first = max(1, week_of(programme, now))
    return range(first, min(first + LOOKS_AHEAD_WEEKS, programme.weeks + 1))
