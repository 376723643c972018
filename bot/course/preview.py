"""See ahead what falls due, and compare how it is with how it would be after a change."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.course import store
from bot.groups.schedule import pulses_of
from bot.kernel.clock import local_date, monday_of
from bot.kinds import ScheduleKind
from bot.programme.model import (
    Milestone,
    Programme,
    ProgrammeState,
    Use,
    in_use,
    is_counted,
    last_day,
    monday_of_week,
    week_on,
)
from bot.pulse import store as rounds
from bot.pulse.model import Round
from bot.schedule.calendar import Calendar
from bot.schedule.model import Rule
from bot.schedule.rules import next_occurrence, zone
from bot.schedule.time_off import calendar_for, calendar_of

WEEKS_AHEAD = 6
CHECKIN, NUDGE = ScheduleKind.CHECKIN_PROMPT, ScheduleKind.MENTOR_NUDGE
PULSE = ScheduleKind.PULSE_OPEN
_OF_USE = {CHECKIN: Use.CHECKINS, NUDGE: Use.NUDGES}


@dataclass(frozen=True, slots=True)
class Coming:
    """One time at which something falls due (UTC), on which local day, and for how many."""

    kind: str
    at: datetime
    day: date
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What comes for a programme in the next weeks, and what waits to be sent now."""

    programme: Programme
    calendar: Calendar
    coming: tuple[Coming, ...]
    waiting: Mapping[str, int] = field(default_factory=dict)
    open_round: Round | None = None

    def first(self, kind: str) -> date | None:
        """Give the first day on which something of this kind comes; None for never."""
        return min((one.day for one in self.coming if one.kind == kind), default=None)

    def people(self, kind: str) -> int:
        """Count for how many something of this kind comes first."""
        first = self.first(kind)
        return sum(one.people for one in self.coming if one.kind == kind and one.day == first)

    def in_week(self, monday: date) -> Mapping[str, int]:
        """Count what comes in the week of this Monday, by kind."""
        found: Counter[str] = Counter()
        for one in self.coming:
            if monday_of(one.day) == monday:
                found[one.kind] += one.people
        return found

    def number(self, monday: date) -> int | None:
        """Give the number of this week; None before and after the programme, and in between."""
        week = week_on(self.programme, monday)
        within = week <= self.programme.weeks and monday <= last_day(self.programme)
        return week if within and week >= 1 and is_counted(self.programme, monday) else None


async def look_ahead(connection: AsyncConnection, programme: Programme, *, now: datetime) -> Ahead:
    """Read what comes for a programme in the WEEKS_AHEAD weeks from the present one."""
    calendar = await calendar_of(connection, programme.workspace_id)
    open_round = await rounds.open_round_of(connection, programme.workspace_id, programme.id)
    its_rounds = [open_round.id] if open_round else []
    rows = await store.scheduled(connection, programme, rounds=its_rounds)
    coming = [
        one
        for row in rows
        if row.kind != PULSE
        for one in _times(row, calendar_for(row.kind, calendar), until=_horizon(programme, now))
        if _is_meant(programme, one)
    ]
    if any(row.kind == PULSE for row in rows) or programme.state is ProgrammeState.DRAFT:
        coming += _pulses(programme, calendar, now=now)
    return Ahead(
        programme=programme,
        calendar=calendar,
        coming=tuple(sorted(coming, key=lambda one: (one.at, one.kind))),
        waiting=await store.waiting(connection, programme.workspace_id),
        open_round=open_round,
    )


def _horizon(programme: Programme, now: datetime) -> date:
    """Give the first day after the weeks that are looked at."""
    return monday_of(local_date(now, programme.timezone)) + timedelta(weeks=WEEKS_AHEAD)


def _times(row: Any, calendar: Calendar, *, until: date) -> Iterator[Coming]:
    """List when the schedules of one kind that are alike fall due, each time that it is claimed."""
    rule, tz = Rule.from_text(row.rule), zone(row.tz)
    at, served = row.next_due_at, row.due_on
    while at is not None and (day := at.astimezone(tz).date()) < until:
        yield Coming(row.kind, at, day, row.people)
        if served is None:
            return
        found = next_occurrence(rule, tz, since=at, served_on=served, calendar=calendar)
        at, served = (found.at, found.day) if found else (None, None)


def _is_meant(programme: Programme, one: Coming) -> bool:
    """Leave out what comes of nothing: before its week, and after the last day."""
    use = _OF_USE.get(ScheduleKind(one.kind))
    if use is None:
        return True
    return one.day <= last_day(programme) and in_use(programme, use, one.at)


def _pulses(programme: Programme, calendar: Calendar, *, now: datetime) -> Iterator[Coming]:
    for _, at in pulses_of(programme, calendar):
        day = local_date(at, programme.timezone)
        if at >= now and day <= last_day(programme) and day < _horizon(programme, now):
            yield Coming(PULSE, at, day, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a change would do: how all is `before` it and `after`. `lapsing` claims would lapse."""

    before: Ahead
    after: Ahead
    token: str
    now: datetime
    lapsing: int = 0

    @property
    def mondays(self) -> Sequence[date]:
        """List the Mondays of the weeks that are looked at."""
        this = monday_of(local_date(self.now, self.before.programme.timezone))
        return [this + timedelta(weeks=number) for number in range(WEEKS_AHEAD)]

    @property
    def kinds(self) -> Sequence[str]:
        """List the kinds of what comes, before or after."""
        found = {one.kind for ahead in (self.before, self.after) for one in ahead.coming}
        return [kind for kind in ScheduleKind if kind in found]

    @property
    def differs_from(self) -> datetime | None:
        """Give the first instant (UTC) at which something comes, or does not, that would have."""
        other = set(self.before.coming) ^ set(self.after.coming)
        return min((one.at for one in other), default=None)

    @property
    def withdrawn(self) -> int:
        """Count the messages waiting that would not be sent any more."""
        before, after = self.before.waiting, self.after.waiting
        return sum(max(0, count - after.get(kind, 0)) for kind, count in before.items())

    def moved_milestones(self) -> list[tuple[Milestone, date | None, date | None]]:
        """List the milestones that lie ahead and come on another day, or not any more."""
        old, new = self.before.programme, self.after.programme
        today = local_date(self.now, old.timezone)
        was, will = dict(_milestones(old)), dict(_milestones(new))
        found = [(one, was.get(one), will.get(one)) for one in {**was, **will}]
        return sorted(
            (
                one
                for one in found
                if one[1] != one[2] and max(day for day in one[1:] if day) >= monday_of(today)
            ),
            key=lambda one: (one[1] or one[2] or today, one[0].audience, one[0].text),
        )

    def moved_uses(self) -> list[tuple[Use, date | None, date | None]]:
        """List what members meet on another day than before, from now on or never."""
        was, will = (dict(_uses(one.programme)) for one in (self.before, self.after))
        return [(use, was.get(use), will.get(use)) for use in Use if was.get(use) != will.get(use)]

    def lost_pulses(self) -> list[date]:
        """List the days of pulses that would not open any more, to the end."""
        was, will = (list(_pulse_days(one, self.now)) for one in (self.before, self.after))
        return was[len(will) :]

    def next_pulses(self) -> tuple[date | None, date | None]:
        """Give the day of the next pulse, before and after."""
        was, will = (next(_pulse_days(one, self.now), None) for one in (self.before, self.after))
        return was, will


def _milestones(programme: Programme) -> Iterable[tuple[Milestone, date]]:
    for one in programme.template.milestones:
        if one.first_week <= programme.weeks:
            yield one, monday_of_week(programme, one.first_week)


def _uses(programme: Programme) -> Iterable[tuple[Use, date]]:
    for use, week in programme.template.uses:
        if week <= programme.weeks:
            yield use, monday_of_week(programme, week)


def _pulse_days(ahead: Ahead, now: datetime) -> Iterator[date]:
    programme = ahead.programme
    for week, at in pulses_of(programme, ahead.calendar):
        if at >= now and week <= programme.weeks:
            yield local_date(at, programme.timezone)
