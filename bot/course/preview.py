"""Compare what comes for a programme with what would come after a change."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.kernel.clock import local_date, monday_of
from bot.kinds import ScheduleKind
from bot.programme.model import (
    Milestone,
    Programme,
    Use,
    is_counted,
    is_left_out,
    last_day,
    monday_of_week,
    week_on,
)
from bot.programme.rules import pulses_of
from bot.pulse.model import Round
from bot.schedule.calendar import Calendar

WEEKS_AHEAD = 6
CHECKIN, NUDGE = ScheduleKind.CHECKIN_PROMPT, ScheduleKind.MENTOR_NUDGE
PULSE, PEERS = ScheduleKind.PULSE_OPEN, ScheduleKind.PEER_ROUNDS


@dataclass(frozen=True, slots=True)
class Coming:
    """One time at which something falls due (UTC), on which local day, and for how many."""

    kind: str
    at: datetime
    day: date
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The coming weeks of a programme, and the messages that wait to be sent now."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePreview:
    """All that comes `before` a change and `after` it.

    `lapsing` claims would lapse; `named` are the names of whom new contacts are.
    """

    before: Ahead
    after: Ahead
    token: str
    now: datetime
    lapsing: int = 0
    named: tuple[str, ...] = ()

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
        was, will = map(list, self._pulses())
        return was[len(will) :]

    def next_pulses(self) -> tuple[date | None, date | None]:
        """Give the day of the next pulse, before and after."""
        was, will = (next(one, None) for one in self._pulses())
        return was, will

    def _pulses(self) -> tuple[Iterator[date], Iterator[date]]:
        was, will = self.before, self.after
        return (
            pulse_days(was.programme, was.calendar, now=self.now),
            pulse_days(will.programme, will.calendar, now=self.now),
        )


def _milestones(programme: Programme) -> Iterable[tuple[Milestone, date]]:
    for one in programme.template.milestones:
        weeks = range(one.first_week, min(one.last_week, programme.weeks) + 1)
        there = (week for week in weeks if not is_left_out(programme, week))
        if (first := next(there, None)) is not None:
            yield one, monday_of_week(programme, first)


def _uses(programme: Programme) -> Iterable[tuple[Use, date]]:
    for use, week in programme.template.uses:
        if week <= programme.weeks:
            yield use, monday_of_week(programme, week)


def pulse_days(programme: Programme, calendar: Calendar, *, now: datetime) -> Iterator[date]:
    """List the days on which the pulse opens from now on, in the programme's zone."""
    for week, at in pulses_of(programme, calendar):
        if at >= now and week <= programme.weeks:
            yield local_date(at, programme.timezone)
