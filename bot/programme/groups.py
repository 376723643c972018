"""Find who mentors whom in running programmes, from the seats."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import read_as, rows_of
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.people import store as people
from bot.people.model import Count, Role
from bot.programme.model import Group, Programme, ProgrammeState, SetUp
from bot.programme.tables import group_table, programme_table, seat_table


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMembers:
    """A mentoring group as far as mentoring goes.

    `mentors` are those who read what is shared with "my mentor" and answer claims: the seats of
    mentors, or, in a group that has none, of peer-mentors.
    """

    programme_id: ProgrammeId
    group_id: GroupId
    group_name: str
    mentors: frozenset[MemberId]
    mentees: frozenset[MemberId]


def group_of_seats(
    programme_id: ProgrammeId,
    group_id: GroupId,
    group_name: str,
    *,
    seats: dict[MemberId, Role],
) -> GroupMembers:
    """The circle that these seats make. A mentor's seat keeps peer-mentors from reading along."""

    def holding(role: Role) -> frozenset[MemberId]:
        return frozenset(member for member, held in seats.items() if held is role)

    return GroupMembers(
        programme_id=programme_id,
        group_id=group_id,
        group_name=group_name,
        mentors=holding(Role.MENTOR) or holding(Role.PEER_MENTOR),
        mentees=holding(Role.MENTEE),
    )


async def count_groups(connection: AsyncConnection, programme: Programme) -> int:
    """Count the programme's mentoring groups."""
    query = sa.select(sa.func.count()).select_from(group_table).where(_of(programme))
    return int((await connection.execute(query)).scalar_one())


async def first_groups(
    connection: AsyncConnection, programme: Programme, *, limit: int
) -> list[tuple[Group, int]]:
    """Find the first of the programme's groups by name, each with how many mentees it has."""
    mentees = (
        sa.select(sa.func.count())
        .where(
            seat_table.c.workspace_id == group_table.c.workspace_id,
            seat_table.c.group_id == group_table.c.id,
            seat_table.c.role == Role.MENTEE.value,
        )
        .scalar_subquery()
    )
    first = (
        sa.select(group_table)
        .where(_of(programme))
        .order_by(sa.func.lower(group_table.c.name), group_table.c.id)
        .limit(limit)
    )
    rows = await connection.execute(first.add_columns(mentees.label("mentees")))
    return [(read_as(Group, row), row.mentees) for row in rows]


async def groups_of_member(
    connection: AsyncConnection, programme: Programme, member_id: MemberId
) -> list[tuple[Group, dict[MemberId, Role]]]:
    """Find the programme's groups in which this member sits, by id, with the role on every seat."""
    query = (
        sa.select(group_table, seat_table.c.member_id, seat_table.c.role)
        .select_from(group_table)
        .join(seat_table, _IN_GROUP)
        .where(
            _of(programme),
            _seats(programme.workspace_id, member_id),
        )
        .order_by(group_table.c.id, seat_table.c.member_id)
    )
    found: dict[str, tuple[Group, dict[MemberId, Role]]] = {}
    for row in await connection.execute(query):
        _, seats = found.setdefault(row.id, (read_as(Group, row), {}))
        seats[MemberId(row.member_id)] = Role(row.role)
    return list(found.values())


def _of(programme: Programme) -> sa.ColumnElement[bool]:
    return rows_of(group_table, programme.workspace_id, programme_id=programme.id)


def _seats(workspace_id: WorkspaceId, member_id: MemberId) -> sa.ColumnElement[bool]:
    """Match the groups in which this member has a seat, found by that seat."""
    own = seat_table.alias("own_seat")
    theirs = sa.and_(own.c.workspace_id == workspace_id, own.c.member_id == member_id)
    return group_table.c.id.in_(sa.select(own.c.group_id).where(theirs))


_IN_GROUP = sa.and_(
    seat_table.c.workspace_id == group_table.c.workspace_id,
    seat_table.c.group_id == group_table.c.id,
)


async def groups_of_mentor(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentor_id: MemberId
) -> list[GroupMembers]:
    """The groups of running programmes in which this member is the mentor, by group id."""
    found = await running_groups_of(connection, workspace_id, mentor_id)
    return [circle for circle in found if mentor_id in circle.mentors]


async def groups_of_mentee(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentee_id: MemberId
) -> list[GroupMembers]:
    """The groups of running programmes in which this member is a mentee, by group id."""
    found = await running_groups_of(connection, workspace_id, mentee_id)
    return [circle for circle in found if mentee_id in circle.mentees]


async def running_groups_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> list[GroupMembers]:
    """The groups of running programmes in which this member has a seat, by group id."""
    query = (
        sa.select(
            group_table.c.programme_id,
            group_table.c.id,
            group_table.c.name,
            seat_table.c.member_id,
            seat_table.c.role,
        )
        .select_from(group_table)
        .join(
            programme_table,
            sa.and_(
                programme_table.c.workspace_id == group_table.c.workspace_id,
                programme_table.c.id == group_table.c.programme_id,
            ),
        )
        .join(seat_table, _IN_GROUP)
        .where(
            rows_of(programme_table, workspace_id, state=ProgrammeState.RUNNING),
            _seats(workspace_id, member_id),
        )
        .order_by(group_table.c.id, seat_table.c.member_id)
    )
    groups: dict[str, list[Any]] = {}
    for row in await connection.execute(query):
        groups.setdefault(row.id, []).append(row)
    return [
        group_of_seats(
            ProgrammeId(rows[0].programme_id),
            GroupId(rows[0].id),
            rows[0].name,
            seats={MemberId(row.member_id): Role(row.role) for row in rows},
        )
        for rows in groups.values()
    ]


async def mentees_names(
    connection: AsyncConnection, workspace_id: WorkspaceId, circles: Iterable[GroupMembers]
) -> dict[MemberId, str]:
    """Find the names of the mentees in these groups, of those who take part."""
    ids = {mentee for circle in circles for mentee in circle.mentees}
    found = await people.members(connection, workspace_id, ids=list(ids))
    return {each.id: each.name for each in found if each.takes_part}


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
