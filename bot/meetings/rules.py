"""Decide at which times a group could meet, and what may be done about a meeting."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from bot.kernel.clock import as_utc, local_date
from bot.kernel.errors import UserFacing
from bot.meetings.model import FARTHEST_AHEAD, LOOKS_AHEAD, MOST_TIMES, Length
from bot.schedule.model import Rhythm
from bot.schedule.rules import DaysOff, instant_of, is_quiet, working_days

WORK_BEGINS, WORK_ENDS = time(8), time(18)
"""The hours in which people are thought to work, by their own clocks."""
STEP = timedelta(minutes=30)
SAMPLE = timedelta(minutes=15)
"""Quiet hours begin and end on the hour."""
SOON = timedelta(hours=2)
_TURNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """The hours of one person: zone, quiet hours and working days, a break, days off of all.

    `away_until` is None for somebody who is here.
    """

    tz: ZoneInfo
    rhythm: Rhythm = field(default_factory=Rhythm)
    away_until: datetime | None = None
    days_off: DaysOff = working_days


class MeetingNote(Protocol):
    """A meeting as somebody noted it."""

    @property
    def recorded_by(self) -> str: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def held_on(self) -> date: ...
    @property
    def minutes(self) -> int | None: ...


Noted = TypeVar("Noted", bound=MeetingNote)


def once_each(held: Sequence[Noted]) -> list[Noted]:
    """Count a meeting with the mentees of several groups once: it stands on record for each.

    Where its records were corrected separately, the longest counts.
    """
    found: dict[tuple[str, datetime, date], Noted] = {}
    for one in held:
        key = (one.recorded_by, one.recorded_at, one.held_on)
        known = found.get(key, one)
        found[key] = max(known, one, key=lambda each: each.minutes or 0)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class TimeChoice:
    """A time at which a group could meet (UTC), and for how many of its people it is wrong.

    `unsuited` counts people in their quiet hours or absent, `strained` those for whom it lies
    outside working hours. Nobody is named.
    """

    starts_at: datetime
    unsuited: int = 0
    strained: int = 0


def suggest(
    people: Sequence[Availability],
    since: datetime,
    until: datetime,
    *,
    length: timedelta,
    most: int,
) -> list[TimeChoice]:
    """Suggest up to `most` times between `since` and `until`, spread over the days, in order.

    Within everybody's working hours if there are any such; else in nobody's quiet hours; else
    where they are wrong for as few as possible, which `unsuited` says. Never on a day off.
    `people` begins with the mentor, by whose clocks days are told. Absent people are left out
    where they stay away for all that time.
    """
    here = [one for one in people if not _is_away(one, until)]
    if not here:
        return []
    found = [
        choice
        for at in _steps(since, until - length)
        if (choice := _rated(here, at, at + length)) is not None
    ]
    best = min((_badness(one) for one in found), default=None)
    days: dict[date, list[TimeChoice]] = {}
    for one in found:
        if _badness(one) == best:
            days.setdefault(local_date(one.starts_at, people[0].tz.key), []).append(one)
    return sorted(_spread(list(days.values()), most), key=lambda one: one.starts_at)


def _badness(choice: TimeChoice) -> tuple[int, bool]:
    return choice.unsuited, choice.strained > 0


def _steps(since: datetime, until: datetime) -> Iterator[datetime]:
    past = (as_utc(since) - datetime.min.replace(tzinfo=since.tzinfo)) % STEP
    at = as_utc(since) + (STEP - past if past else timedelta(0))
    while at <= until:
        yield at
        at += STEP


def _rated(people: Sequence[Availability], start: datetime, end: datetime) -> TimeChoice | None:
    """Count for how many a time is wrong; None on a day off of everybody, seen by anybody."""
    moments = [*_between(start, end), end - timedelta(seconds=1)]
    unsuited = strained = 0
    for one in people:
        local = [moment.astimezone(one.tz) for moment in moments]
        if any(one.days_off(here.date()) for here in (local[0], local[-1])):
            return None
        if _is_away(one, start) or any(is_quiet(here, one.rhythm) for here in local):
            unsuited += 1
        elif not all(WORK_BEGINS <= here.time() < WORK_ENDS for here in local):
            strained += 1
    return TimeChoice(start, unsuited, strained)


def _between(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += SAMPLE


def _is_away(one: Availability, at: datetime) -> bool:
    return one.away_until is not None and at < one.away_until


def _spread(days: Sequence[Sequence[TimeChoice]], most: int) -> list[TimeChoice]:
    """Choose from as many days as there are, in turns early, in the middle and late."""
    chosen: list[TimeChoice] = []
    for turn in range(_TURNS):
        for number, day in enumerate(days):
            choice = day[(number + turn) % _TURNS * (len(day) - 1) // (_TURNS - 1)]
            if len(chosen) < most and choice not in chosen:
                chosen.append(choice)
    return chosen


def agenda_at(starts_at: datetime, mentor: Availability, *, now: datetime) -> datetime:
    """Give the morning of the mentor's last working day before a meeting, or soon before it."""
    day = local_date(starts_at, mentor.tz.key) - timedelta(days=1)
    for _ in range(7):
        if day.weekday() in mentor.rhythm.working_days and not mentor.days_off(day):
            break
        day -= timedelta(days=1)
    morning = instant_of(day, time(9), mentor.tz)
    return morning if morning > now else max(now, starts_at - SOON)


def length_of(minutes: int | None) -> Length | None:
    """Give the band in which a number of minutes lies."""
    if minutes is None:
        return None
    if minutes < 30:
        return Length.UNDER_30
    return Length.FROM_30_TO_60 if minutes <= 60 else Length.OVER_60


def check_times(times: Sequence[datetime], *, now: datetime) -> None:
    """Raise UserFacing where these times cannot be offered, and ValueError for one without a zone.

    Times lie at most as far ahead as the form looks for them.
    """
    if any(one.tzinfo is None for one in times):
        raise ValueError("a datetime without a time zone is not an instant")
    if not times:
        raise UserFacing("Choose at least one time.")
    if len(set(times)) > MOST_TIMES:
        raise UserFacing(f"Choose up to {MOST_TIMES} times.")
    if min(times) <= now:
        raise UserFacing("One of these times has passed meanwhile. Look for times again.")
    if max(times) > now + FARTHEST_AHEAD + LOOKS_AHEAD:
        raise UserFacing("Choose times within a year.")
