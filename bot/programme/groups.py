"""Find who mentors whom in running programmes, from the seats."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import read_as, rows_of
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.people import store as people
from bot.people.model import PAIRED, MemberState, Role
from bot.people.tables import member_table
from bot.programme.model import Group, Programme, ProgrammeState, SetUp
from bot.programme.tables import enrolment_table, group_table, programme_table, seat_table


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMembers:
    """A mentoring group; in one without mentors, its peer-mentors are the `mentors`."""

    programme_id: ProgrammeId
    group_id: GroupId
    group_name: str
    mentors: frozenset[MemberId]
    mentees: frozenset[MemberId]
    peer_mentors: frozenset[MemberId] = frozenset()

    def has_beside(self, member_id: MemberId) -> bool:
        """Say whether a member is a peer-mentor there beside a mentor, and there are mentees."""
        return member_id in self.peer_mentors - self.mentors and bool(self.mentees)


def group_of_seats(group: Group, seats: Mapping[MemberId, Role]) -> GroupMembers:
    """Make a group of seats. A mentor's seat keeps peer-mentors from reading along."""

    def holding(role: Role) -> frozenset[MemberId]:
        return frozenset(member for member, held in seats.items() if held is role)

    return GroupMembers(
        programme_id=group.programme_id,
        group_id=group.id,
        group_name=group.name,
        mentors=holding(Role.MENTOR) or holding(Role.PEER_MENTOR),
        mentees=holding(Role.MENTEE),
        peer_mentors=holding(Role.PEER_MENTOR),
    )


async def count_groups(connection: AsyncConnection, programme: Programme) -> int:
    """Count the programme's mentoring groups in which somebody has a seat."""
    query = sa.select(sa.func.count()).select_from(group_table)
    query = query.where(_of(programme), is_not_empty())
    return int((await connection.execute(query)).scalar_one())


def is_any_without_mentor(programme: Programme) -> sa.ColumnElement[bool]:
    """Say within a query whether there is a group with mentees and nobody who mentors it."""
    is_mentee = seat_table.c.role == Role.MENTEE.value
    return sa.exists().where(_of(programme), _seat_in(is_mentee), ~_seat_in(~is_mentee))


async def count_unseated(connection: AsyncConnection, programme: Programme) -> int:
    """Count the mentees who take part in the programme and have no seat in it as a mentee."""
    workspace_id = programme.workspace_id
    has_seat = sa.exists().where(
        seat_table.c.workspace_id == workspace_id,
        seat_table.c.member_id == member_table.c.id,
        seat_table.c.role == Role.MENTEE.value,
        seat_table.c.group_id == group_table.c.id,
        _of(programme),
    )
    is_enrolled = sa.exists().where(
        rows_of(enrolment_table, workspace_id, programme_id=programme.id),
        enrolment_table.c.member_id == member_table.c.id,
    )
    states = [MemberState.ACTIVE, MemberState.PAUSED]
    query = sa.select(sa.func.count()).where(
        rows_of(member_table, workspace_id, state=states, is_mentee=True), ~has_seat
    )
    if programme.state is not ProgrammeState.DRAFT:
        query = query.where(is_enrolled)
    return int((await connection.execute(query)).scalar_one())


async def first_groups(
    connection: AsyncConnection, programme: Programme, *, limit: int | None = None, offset: int = 0
) -> tuple[list[tuple[Group, int]], int]:
    """Find the first of the programme's groups by name, or those after `offset`, or all without a
    `limit`, with the number of mentees of each.

    Gives with them how many groups there are in which somebody has a seat.
    """
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
        .where(_of(programme), is_not_empty())
        .order_by(sa.func.lower(group_table.c.name), group_table.c.id)
        .limit(limit)
        .offset(offset)
    )
    all_of_them = sa.func.count().over()
    first = first.add_columns(mentees.label("mentees"), all_of_them.label("of"))
    rows = (await connection.execute(first)).all()
    return [(read_as(Group, row), row.mentees) for row in rows], rows[0].of if rows else 0


async def empty_channels(connection: AsyncConnection, programme: Programme) -> list[Group]:
    """Find the programme's groups that have a channel and nobody with a seat, by name."""
    query = (
        sa.select(group_table)
        .where(_of(programme), ~is_not_empty(), group_table.c.slack_channel.is_not(None))
        .order_by(group_table.c.name, group_table.c.id)
    )
    return [read_as(Group, row) for row in await connection.execute(query)]


async def groups_of_member(
    connection: AsyncConnection, programme: Programme, member_id: MemberId
) -> list[tuple[Group, dict[MemberId, Role]]]:
    """Find the programme's groups in which this member sits, by id, with the role on every seat."""
    query = _SEATS_OF_THEIRS.where(_of(programme))
    return await _with_seats(connection, programme.workspace_id, [member_id], query)


async def groups_of_members(
    connection: AsyncConnection, programme: Programme, member_ids: Iterable[MemberId]
) -> list[GroupMembers]:
    """Find the programme's groups in which any of these members sits, by id."""
    query = _SEATS_OF_THEIRS.where(_of(programme))
    its = (connection, programme.workspace_id, list(member_ids), query)
    return [group_of_seats(group, seats) for group, seats in await _with_seats(*its)]


def _seats_of_theirs() -> sa.Select[Any]:
    own, here = seat_table.alias("own_seat"), sa.bindparam("seats_in", type_=sa.String)
    theirs = own.c.member_id.in_(sa.bindparam("seats_of", expanding=True))
    groups = sa.select(own.c.group_id).where(own.c.workspace_id == here, theirs)
    return (
        sa.select(group_table, seat_table.c.member_id, seat_table.c.role)
        .select_from(group_table.join(programme_table).join(seat_table))
        .where(rows_of(group_table, here), group_table.c.id.in_(groups))
        .order_by(group_table.c.id, seat_table.c.member_id)
    )


_SEATS_OF_THEIRS = _seats_of_theirs()
_RUNNING_SEATS = _SEATS_OF_THEIRS.where(programme_table.c.state == ProgrammeState.RUNNING)


async def _with_seats(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_ids: Sequence[MemberId],
    query: sa.Select[Any],
) -> list[tuple[Group, dict[MemberId, Role]]]:
    """Find the groups in which these members sit, from their own seats, with every seat's role."""
    its = {"seats_in": workspace_id, "seats_of": list(member_ids)}
    found: dict[str, tuple[Group, dict[MemberId, Role]]] = {}
    for row in await connection.execute(query, its):
        _, seats = found.setdefault(row.id, (read_as(Group, row), {}))
        seats[MemberId(row.member_id)] = Role(row.role)
    return list(found.values())


def is_not_empty() -> sa.ColumnElement[bool]:
    """Match groups in which somebody has a seat; an empty one waits for its mentor to return."""
    return _seat_in(sa.true())


def _seat_in(which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Match groups in which there is such a seat."""
    its = (
        seat_table.c.workspace_id == group_table.c.workspace_id,
        seat_table.c.group_id == group_table.c.id,
    )
    return sa.exists().where(*its, which).correlate(group_table)


def _of(programme: Programme) -> sa.ColumnElement[bool]:
    return rows_of(group_table, programme.workspace_id, programme_id=programme.id)


async def groups_of_mentee(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentee_id: MemberId
) -> list[GroupMembers]:
    """Find the groups of running programmes in which this member is a mentee, by id."""
    found = await running_groups_of(connection, workspace_id, mentee_id)
    return [group for group in found if mentee_id in group.mentees]


async def running_groups_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> list[GroupMembers]:
    """Find the groups of running programmes in which this member has a seat, by id."""
    found = await running_seats_of(connection, workspace_id, member_id)
    return [group_of_seats(group, seats) for group, seats in found]


async def running_seats_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> list[tuple[Group, dict[MemberId, Role]]]:
    """Find these groups, each with the role on every seat of it."""
    return await _with_seats(connection, workspace_id, [member_id], _RUNNING_SEATS)


async def set_up(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme: Programme | None,
    *,
    now: datetime,
) -> SetUp:
    """Count members by role, acceptance and absence, and the programme's groups."""
    of = ({Role.MENTOR}, {Role.PEER_MENTOR}, {Role.MENTEE}, {Role.COORDINATOR}, PAIRED)
    mentors, peers, mentees, coordinators, everybody = await people.count(
        connection, workspace_id, of, now=now
    )
    return SetUp(
        mentors=mentors.members,
        peer_mentors=peers.members,
        mentees=mentees.members,
        people=everybody.members,
        accepted=everybody.accepted,
        away=everybody.away,
        groups=await count_groups(connection, programme) if programme else 0,
        capacity=everybody.capacity,
        coordinators=coordinators.members,
    )
