"""Read what comes for a programme in the next weeks, by the schedules that there are."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.course import store
from bot.course.preview import CHECKIN, NUDGE, PEERS, PULSE, WEEKS_AHEAD, Ahead, Coming
from bot.kernel.clock import local_date, monday_of
from bot.kinds import ScheduleKind
from bot.peers import store as peers
from bot.peers.model import SeriesState
from bot.peers.upkeep import AT_NIGHT, dates_ahead
from bot.programme.model import Programme, ProgrammeState, Use, in_use, last_day
from bot.programme.rules import pulses_of
from bot.pulse import store as rounds
from bot.schedule.calendar import Calendar
from bot.schedule.model import Rule
from bot.schedule.rules import instant_of, next_occurrence, zone
from bot.schedule.time_off import calendar_for, calendar_of

_OF_USE: Mapping[str, Use] = {
    CHECKIN: Use.CHECKINS,
    NUDGE: Use.NUDGES,
    ScheduleKind.MEETING_AGENDA: Use.MEETINGS,
    PEERS: Use.PEERS,
}
"""The use that each comes of; a message to a member bears the name of its schedule."""


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
    coming += [one async for one in _peer_rounds(connection, programme, now=now)]
    waiting = await store.waiting(connection, programme.workspace_id)
    return Ahead(
        programme=programme,
        calendar=calendar,
        coming=tuple(sorted(coming, key=lambda one: (one.at, one.kind))),
        waiting={kind: n for kind, n in waiting.items() if _is_used(programme, kind, now)},
        open_round=open_round,
    )


def _horizon(programme: Programme, now: datetime) -> date:
    """Give the first day after the weeks that are looked at."""
    return monday_of(local_date(now, programme.timezone)) + timedelta(weeks=WEEKS_AHEAD)


def _times(row: Any, calendar: Calendar, *, until: date) -> Iterator[Coming]:
    """List when the schedules of one kind that are alike fall due, each time that it is claimed."""
    rule, tz = Rule.from_text(row.rule), zone(row.tz)
    at, served = row.next_due_at, row.due_on
    while at is not None and (day := local_date(at, row.tz)) < until:
        yield Coming(row.kind, at, day, row.people)
        if served is None:
            return
        found = next_occurrence(rule, tz, since=at, served_on=served, calendar=calendar)
        at, served = (found.at, found.day) if found else (None, None)


def _is_meant(programme: Programme, one: Coming) -> bool:
    """Leave out what comes of nothing: before its week, and to members after the last day."""
    is_over = one.kind in (CHECKIN, NUDGE) and one.day > last_day(programme)
    return not is_over and _is_used(programme, one.kind, one.at)


def _is_used(programme: Programme, kind: str, at: datetime) -> bool:
    use = _OF_USE.get(kind)
    return use is None or in_use(programme, use, at)


def _pulses(programme: Programme, calendar: Calendar, *, now: datetime) -> Iterator[Coming]:
    for _, at in pulses_of(programme, calendar):
        day = local_date(at, programme.timezone)
        if at >= now and day <= last_day(programme) and day < _horizon(programme, now):
            yield Coming(PULSE, at, day, 1)


async def _peer_rounds(
    connection: AsyncConnection, programme: Programme, *, now: datetime
) -> AsyncIterator[Coming]:
    """List when rounds of peers are planned, each in the night before the day it begins."""
    if programme.state is not ProgrammeState.RUNNING:
        return
    for series in await peers.series_of(connection, programme.workspace_id, programme.id):
        if series.state is not SeriesState.ACTIVE:
            continue
        for day in await dates_ahead(connection, programme, series, now=now):
            nights = (day + timedelta(days=number) for number in range(-1, 7))
            every = (instant_of(one, AT_NIGHT, zone(programme.timezone)) for one in nights)
            at = next(one for one in every if one >= now)
            if day < _horizon(programme, now) and in_use(programme, Use.PEERS, at):
                yield Coming(PEERS, at, day, 1)
