"""Let a coordinator or contact person go away, so that nothing waits for them meanwhile."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store as audit
from bot.audit.model import Act
from bot.care.covers import warn_where_nobody_hears
from bot.care.use_cases import look_again
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.kinds import ScheduleKind
from bot.people import delegation, store, use_cases
from bot.people.delegation import Delegation, delegation_of, present_among
from bot.people.model import Member
from bot.people.permissions import coordinates, may_hear_concerns
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from bot.schedule import store as schedule
from bot.schedule.model import Due, Once

HAS_LEFT = "You have left the programme, so there is nothing to announce."
NOT_ASKED = (
    "Only coordinators and contact people have somebody stand in for them. To take a break, open "
    "Settings on Home."
)
_NOT_LONG = "Choose a day after the first, and at most a year away."


async def hears_concerns(connection: AsyncConnection, member: Member) -> bool:
    """Say whether a member is named for the concerns of a programme that is not closed."""
    return any(
        member.id in (one.concern_person, one.concern_deputy)
        for one in await programmes.programmes(connection, member.workspace_id)
        if one.state is not ProgrammeState.CLOSED
    )


async def go_away(
    connection: AsyncConnection,
    member: Member,
    *,
    begins_at: datetime,
    ends_at: datetime | None,
    stand_in: Member | None,
    now: datetime,
) -> Delegation:
    """Announce an absence in place of an earlier one: from now, or a later instant, on.

    What waits for them goes to others at once when it begins. Raises UserFacing for times that
    cannot be, and for a stand-in who may not do what the member does, or is away, too.
    """
    if not member.takes_part:
        raise UserFacing(HAS_LEFT)
    if not (coordinates(member) or await hears_concerns(connection, member)):
        raise UserFacing(NOT_ASKED)
    begins_at = max(begins_at, now)
    if begins_at > now + use_cases.LONGEST_PAUSE:
        raise UserFacing("Choose a first day that is at most a year away.")
    if ends_at is not None and not begins_at < ends_at <= begins_at + use_cases.LONGEST_PAUSE:
        raise UserFacing(_NOT_LONG)
    announced = Delegation(
        workspace_id=member.workspace_id,
        member_id=member.id,
        begins_at=begins_at,
        ends_at=ends_at,
        stand_in_id=stand_in.id if stand_in else None,
    )
    if stand_in is not None:
        await _must_be_able(connection, member, stand_in, announced, now=now)
    if begins_at > now and member.is_away(now):
        member = await use_cases.resume(connection, member, now=now)
    await delegation.announce(connection, announced, now=now)
    if coordinates(member):
        await _write_down(connection, member, announced, now=now)
    if begins_at > now:
        await _begin_later(connection, member, announced, now=now)
    else:
        await _begin(connection, member, announced, now=now)
    return announced


async def _must_be_able(
    connection: AsyncConnection,
    member: Member,
    stand_in: Member,
    announced: Delegation,
    *,
    now: datetime,
) -> None:
    """Refuse a stand-in who may not do what the member does, or is away meanwhile."""
    if stand_in.id == member.id or not stand_in.takes_part:
        raise UserFacing("Choose somebody else who takes part here and has not left.")
    if coordinates(member) and not coordinates(stand_in):
        raise UserFacing(
            f"{stand_in.name} does not coordinate here. Choose another coordinator, or make them "
            "one first: choose People on Home, then that person, and tick the role."
        )
    if not coordinates(member) and not may_hear_concerns(stand_in):
        raise UserFacing(
            f"{stand_in.name} mentors or is mentored here, so they may not hear concerns. Choose "
            "somebody who does neither."
        )
    theirs = await delegation_of(connection, member.workspace_id, stand_in.id)
    is_there = await present_among(connection, member.workspace_id, [stand_in], now=now)
    is_away_then = theirs is not None and theirs.meets(announced.begins_at, announced.ends_at)
    if is_away_then or (not is_there and announced.begins_at <= now):
        raise UserFacing(f"{stand_in.name} is away at that time, too. Choose somebody else.")


async def _write_down(
    connection: AsyncConnection, member: Member, announced: Delegation, *, now: datetime
) -> None:
    days = [local_date(announced.begins_at, member.timezone).isoformat()]
    if announced.ends_at is not None:
        days.append(local_date(announced.ends_at, member.timezone).isoformat())
    await audit.record(
        connection,
        member.workspace_id,
        Act.AWAY_ANNOUNCED,
        by=member.id,
        now=now,
        about=[announced.stand_in_id] if announced.stand_in_id else [],
        what=" – ".join(days),
    )


async def _begin_later(
    connection: AsyncConnection, member: Member, announced: Delegation, *, now: datetime
) -> None:
    await schedule.put(
        connection,
        member.workspace_id,
        kind=ScheduleKind.ABSENCE,
        subject_id=f"{member.id}:absence",
        rule=Once(announced.begins_at),
        tz=member.timezone,
        now=now,
    )


async def _begin(
    connection: AsyncConnection, member: Member, announced: Delegation, *, now: datetime
) -> None:
    await use_cases.pause(connection, member, until=announced.ends_at, now=now)
    await look_at(connection, member.workspace_id, now=now)


async def come_back(connection: AsyncConnection, member: Member, *, now: datetime) -> None:
    """Take back an absence that was announced, and end it if it is under way."""
    if member.takes_part and member.is_away(now):
        await use_cases.resume(connection, member, now=now)
    else:
        await delegation.end(connection, member.workspace_id, member.id, now=now)


async def begin(connection: AsyncConnection, due: Due, now: datetime) -> None:
    """Begin an absence whose first day has come: the duty of ABSENCE."""
    member_id = MemberId(due.subject_id.removesuffix(":absence"))
    member = await store.member(connection, due.workspace_id, member_id, hold=True)
    announced = await delegation_of(connection, due.workspace_id, member_id)
    if member is None or announced is None or not member.takes_part:
        return
    if announced.ends_at is not None and announced.ends_at <= now:
        await delegation.end(connection, due.workspace_id, member_id, now=now)
    else:
        await _begin(connection, member, announced, now=now)


async def look_at(connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime) -> None:
    """Hand over at once what waits for somebody who is not there any more; say if nobody is."""
    await look_again(connection, workspace_id, at=now, now=now)
    await warn_where_nobody_hears(connection, workspace_id, now=now)
