"""A coordinator's to-dos about matching: ask for a proposal, decide on one."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kinds import ToDoKind
from bot.matching.records import ProposalState
from bot.matching.tables import proposal_table
from bot.people.model import Member, MemberState, Role
from bot.people.permissions import coordinates
from bot.people.tables import member_table
from bot.programme.model import Programme, ProgrammeState
from bot.todos.model import ToDo, Weight


async def todos(
    connection: AsyncConnection, member: Member, programme: Programme | None, now: datetime
) -> list[ToDo]:
    """List whether a coordinator can ask for groups, or has to decide on some."""
    if programme is None or not coordinates(member):
        return []
    if programme.state is ProgrammeState.CLOSED:
        return []
    latest = (
        await connection.execute(
            sa.select(proposal_table.c.id, proposal_table.c.state, proposal_table.c.made_at)
            .where(
                proposal_table.c.workspace_id == member.workspace_id,
                proposal_table.c.programme_id == programme.id,
                proposal_table.c.state != ProposalState.SUPERSEDED.value,
            )
            .order_by(proposal_table.c.version.desc())
            .limit(1)
        )
    ).one_or_none()
    if latest is None:
        if not await _can_match(connection, member):
            return []
        weight = Weight.STARTS_THE_PROGRAMME
        return [ToDo(kind=ToDoKind.PROPOSE_GROUPS, weight=weight, since=now, about=programme.id)]
    if latest.state != ProposalState.OPEN.value:
        return []
    return [
        ToDo(
            kind=ToDoKind.APPROVE_PROPOSAL,
            weight=Weight.STARTS_THE_PROGRAMME,
            since=latest.made_at,
            about=latest.id,
        )
    ]


async def _can_match(connection: AsyncConnection, member: Member) -> bool:
    """Say whether a mentor and a mentee have accepted the code of conduct."""
    accepted = await connection.execute(
        sa.select(member_table.c.role)
        .where(
            member_table.c.workspace_id == member.workspace_id,
            member_table.c.state == MemberState.ACTIVE.value,
            member_table.c.conduct_accepted_at.is_not(None),
        )
        .distinct()
    )
    roles = {Role(row.role) for row in accepted}
    return Role.MENTEE in roles and not roles.isdisjoint({Role.MENTOR, Role.PEER_MENTOR})
