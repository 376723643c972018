"""What falls due for a programme's members: check-ins, nudges and the pulse, begun and ended."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.ids import MemberId, WorkspaceId
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Programme
from bot.schedule import store as schedule
from bot.schedule.model import Daily, Weekly
from bot.schedule.rules import instant_of, zone

CHECKIN, NUDGE, PULSE, SETTLE = "checkin_prompt", "mentor_nudge", "pulse_open", "pairing_settle"
SETTLE_TIME = time(6, 30)
"""When a programme is started, and its waitlist and conflicts looked at, in its zone."""


async def begin_rhythms(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme: Programme,
    *,
    now: datetime,
    members: Collection[MemberId] | None = None,
) -> None:
    """Schedule what the template promises to everybody with a seat, or to `members` among them.

    Check-ins and nudges follow the clocks of each member's zone, the pulse those of the
    programme's. Doing it twice changes nothing.
    """
    roles = {
        seat.member_id: seat.role
        for seat in await programmes.seats(connection, workspace_id, programme.id)
        if members is None or seat.member_id in members
    }
    for member in await people.members(connection, workspace_id, ids=list(roles)):
        if roles[member.id] is Role.MENTEE:
            await _begin_checkins(connection, workspace_id, programme, member=member, now=now)
        else:
            await _begin_nudges(connection, workspace_id, programme, member=member, now=now)
    await _begin_programme(connection, workspace_id, programme, now=now)


async def end_rhythms(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, members: Collection[MemberId]
) -> None:
    """Schedule no more check-ins and nudges for these members."""
    for member_id in members:
        for kind in (CHECKIN, NUDGE):
            await schedule.remove(connection, workspace_id, kind=kind, subject_id=member_id)


async def end_programme_rhythms(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme: Programme
) -> None:
    """Schedule nothing more for this programme or for anybody with a seat in it."""
    seats = await programmes.seats(connection, workspace_id, programme.id)
    await end_rhythms(connection, workspace_id, members={seat.member_id for seat in seats})
    for kind in (PULSE, SETTLE):
        await schedule.remove(connection, workspace_id, kind=kind, subject_id=programme.id)


async def _begin_checkins(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme: Programme,
    *,
    member: Member,
    now: datetime,
) -> None:
    template = programme.template
    first = _monday(programme.starts_on, week=template.checkin_first_week)
    await schedule.put(
        connection,
        workspace_id,
        kind=CHECKIN,
        subject_id=member.id,
        rule=Weekly(
            weekday=template.checkin_weekday,
            at=template.checkin_time,
            anchor=first,
            every_weeks=template.checkin_weeks_for(member.stage),
        ),
        tz=member.timezone,
        now=now,
        not_before=_morning(max(first, programme.starts_on), member.timezone),
    )


async def _begin_nudges(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme: Programme,
    *,
    member: Member,
    now: datetime,
) -> None:
    template = programme.template
    await schedule.put(
        connection,
        workspace_id,
        kind=NUDGE,
        subject_id=member.id,
        rule=Weekly(
            weekday=template.nudge_weekday, at=template.nudge_time, anchor=programme.starts_on
        ),
        tz=member.timezone,
        now=now,
        not_before=_morning(programme.starts_on, member.timezone),
    )


async def _begin_programme(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme: Programme, *, now: datetime
) -> None:
    template = programme.template
    first = _monday(programme.starts_on, week=template.pulse_first_week)
    await schedule.put(
        connection,
        workspace_id,
        kind=PULSE,
        subject_id=programme.id,
        rule=Weekly(
            weekday=template.pulse_weekday,
            at=template.pulse_time,
            anchor=first,
            every_weeks=template.pulse_every_weeks,
        ),
        tz=programme.timezone,
        now=now,
        not_before=_morning(max(first, programme.starts_on), programme.timezone),
    )
    await begin_mornings(connection, workspace_id, programme, now=now)


async def begin_mornings(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme: Programme, *, now: datetime
) -> None:
    """Look at the programme's groups every morning, in its zone."""
    await schedule.put(
        connection,
        workspace_id,
        kind=SETTLE,
        subject_id=programme.id,
        rule=Daily(SETTLE_TIME),
        tz=programme.timezone,
        now=now,
    )


def _monday(starts_on: date, *, week: int) -> date:
    """The Monday of the programme's week number `week`; week 1 is the week of the start."""
    return starts_on - timedelta(days=starts_on.weekday()) + timedelta(weeks=week - 1)


def _morning(day: date, tz: str) -> datetime:
    return instant_of(day, time(0), zone(tz))
