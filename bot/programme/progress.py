"""How far a workspace has come on the way to its first day, counted where the members are kept."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.ids import WorkspaceId
from bot.people.model import MemberState, Role
from bot.people.store import member_table
from bot.programme.model import Programme, SetUp
from bot.programme.store import group_table


async def set_up(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme: Programme | None,
    *,
    now: datetime,
) -> SetUp:
    """Count members by role, acceptance and absence, and the programme's groups."""
    member = member_table.c
    is_away = sa.and_(
        member.state == MemberState.PAUSED.value,
        sa.or_(member.paused_until.is_(None), member.paused_until > now),
    )
    has_accepted = member.conduct_accepted_at.is_not(None)
    rows = await connection.execute(
        sa.select(
            member.role,
            has_accepted.label("has_accepted"),
            is_away.label("is_away"),
            sa.func.count().label("members"),
        )
        .where(
            member.workspace_id == workspace_id,
            member.role != Role.COORDINATOR.value,
            member.state.in_([MemberState.ACTIVE.value, MemberState.PAUSED.value]),
        )
        .group_by(member.role, has_accepted, is_away)
    )
    found = [
        (Role(row.role), bool(row.has_accepted), bool(row.is_away), int(row.members))
        for row in rows
    ]

    def of(role: Role) -> int:
        return sum(count for each, _, _, count in found if each is role)

    return SetUp(
        mentors=of(Role.MENTOR),
        peer_mentors=of(Role.PEER_MENTOR),
        mentees=of(Role.MENTEE),
        accepted=sum(count for _, accepted, _, count in found if accepted),
        to_accept=sum(count for _, accepted, _, count in found if not accepted),
        away=sum(count for _, _, away, count in found if away),
        groups=await _groups(connection, workspace_id, programme) if programme else 0,
    )


async def _groups(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme: Programme
) -> int:
    found = await connection.execute(
        sa.select(sa.func.count()).where(
            group_table.c.workspace_id == workspace_id,
            group_table.c.programme_id == programme.id,
        )
    )
    return int(found.scalar_one())
