"""How far a workspace has come on the way to its first day, counted where the members are kept."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.ids import WorkspaceId
from bot.people import store as people
from bot.people.model import Count, Role
from bot.programme.groups import count_groups
from bot.programme.model import Programme, SetUp


async def set_up(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme: Programme | None,
    *,
    now: datetime,
) -> SetUp:
    """Count members by role, acceptance and absence, and the programme's groups."""
    found = await people.count_by_role(connection, workspace_id, now=now)
    mentors, peers, mentees = (
        found.get(role, Count()) for role in (Role.MENTOR, Role.PEER_MENTOR, Role.MENTEE)
    )
    them = (mentors, peers, mentees)
    accepted = sum(one.accepted for one in them)
    return SetUp(
        mentors=mentors.members,
        peer_mentors=peers.members,
        mentees=mentees.members,
        accepted=accepted,
        to_accept=sum(one.members for one in them) - accepted,
        away=sum(one.away for one in them),
        groups=await count_groups(connection, programme) if programme else 0,
    )
