"""Know which coordinators and contact people are away, and who stands in for them meanwhile."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.kernel.database import delete_rows, put_rows, read_as, rows_of, values_of
from bot.kernel.ids import MemberId, WorkspaceId
from bot.kinds import MessageKind, ScheduleKind
from bot.people import store
from bot.people.model import Member, Role
from bot.people.permissions import coordinates
from bot.people.tables import delegation
from bot.schedule import store as schedule

STAND_IN = MessageKind.STAND_IN
WORTH_SENDING_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """An absence that a member has announced, in UTC; without an end until they come back."""

    workspace_id: WorkspaceId
    member_id: MemberId
    begins_at: datetime
    ends_at: datetime | None = None
    stand_in_id: MemberId | None = None

    def meets(self, begins_at: datetime, ends_at: datetime | None) -> bool:
        """Say whether it shares an instant with this time."""
        starts_before_end = ends_at is None or self.begins_at < ends_at
        return starts_before_end and (self.ends_at is None or begins_at < self.ends_at)


async def delegation_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> Delegation | None:
    """Find the absence that a member announced, under way or to come."""
    query = sa.select(delegation).where(rows_of(delegation, workspace_id, member_id=member_id))
    row = (await connection.execute(query)).one_or_none()
    return read_as(Delegation, row) if row else None


async def stand_ins(
    connection: AsyncConnection, workspace_id: WorkspaceId
) -> dict[MemberId, MemberId]:
    """Find who stands in for whom, by the id of who announced it: now, or once they are away."""
    its = rows_of(delegation, workspace_id)
    query = sa.select(delegation).where(its, delegation.c.stand_in_id.is_not(None))
    return {row.member_id: row.stand_in_id for row in await connection.execute(query)}


async def present_among(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    members: Collection[Member],
    *,
    now: datetime,
) -> set[MemberId]:
    """Find who of these can be told now: nobody on a break or vacation, and no closed account."""
    ids = [one.id for one in members]
    paused = await schedule.paused_until_of(connection, workspace_id, ids, now=now) if ids else {}
    return {one.id for one in members if not one.is_away(now) and paused[one.id] is None}


async def coordinators_on_duty(
    connection: AsyncConnection, workspace_id: WorkspaceId, now: datetime
) -> Sequence[Member]:
    """Find the coordinators who are to be written to: who is there; all where nobody is.

    Their messages then wait for them, and nothing is lost.
    """
    found = await store.members(connection, workspace_id, roles=[Role.COORDINATOR])
    every = [one for one in found if coordinates(one)]
    here = await present_among(connection, workspace_id, every, now=now)
    return [one for one in every if one.id in here] or every


async def announce(connection: AsyncConnection, announced: Delegation, *, now: datetime) -> None:
    """Keep an absence in place of the one announced before, and tell the stand-ins of both."""
    workspace_id = announced.workspace_id
    before = await delegation_of(connection, workspace_id, announced.member_id)
    await put_rows(connection, delegation, [values_of(announced, delegation)])
    former = before.stand_in_id if before else None
    await _tell(
        connection,
        announced,
        former=former if former != announced.stand_in_id else None,
        now=now,
    )


async def end(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId, *, now: datetime
) -> None:
    """Forget a member's absence, since they are back or go nowhere, and tell who stood in."""
    before = await delegation_of(connection, workspace_id, member_id)
    if before is None:
        return
    await delete_rows(connection, delegation, workspace_id, member_id=member_id)
    kind, subject = ScheduleKind.ABSENCE, f"{member_id}:absence"
    await schedule.remove(connection, workspace_id, kind=kind, subject_id=subject)
    over = replace(before, stand_in_id=None)
    await _tell(connection, over, former=before.stand_in_id, now=now)


async def _tell(
    connection: AsyncConnection, known: Delegation, *, former: MemberId | None, now: datetime
) -> None:
    """Tell the stand-in, and the one of before if they have read that they were."""
    workspace_id, member_id = known.workspace_id, known.member_id
    its = {"subject_id": member_id, "kind": STAND_IN}
    unread = await delivery.withdraw(connection, workspace_id, **its, now=now)
    ids = {one for one in (known.stand_in_id, None if unread else former) if one is not None}
    found = await store.members(connection, workspace_id, ids=ids)
    once = f"{STAND_IN}:{member_id}:{now.isoformat()}"
    notices = [Notice(STAND_IN, member_id, one.slack_user_id, f"{once}:{one.id}") for one in found]
    until = now + WORTH_SENDING_FOR
    await delivery.enqueue_all(
        connection, workspace_id, notices, lane=Lane.PROMPT, now=now, expires_at=until
    )


async def erase(connection: AsyncConnection, member: Member) -> None:
    """Delete a member's absence, and let nobody's name them."""
    workspace_id = member.workspace_id
    await delete_rows(connection, delegation, workspace_id, member_id=member.id)
    theirs = rows_of(delegation, workspace_id, stand_in_id=member.id)
    await connection.execute(sa.update(delegation).where(theirs).values(stand_in_id=None))
