"""Who mentors whom in running programmes. Reads the seats of the programme room."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.people.model import Role
from bot.programme.model import ProgrammeState
from bot.programme.tables import group_table, programme_table, seat_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A mentoring group as far as mentoring goes.

    `mentors` are those who read what is shared with "my mentor" and answer claims: the seats of
    mentors, or, in a group that has none, of peer-mentors.
    """

    programme_id: ProgrammeId
    group_id: GroupId
    group_name: str
    mentors: frozenset[MemberId]
    mentees: frozenset[MemberId]


def circle_of_seats(
    programme_id: ProgrammeId,
    group_id: GroupId,
    group_name: str,
    *,
    seats: dict[MemberId, Role],
) -> Circle:
    """The circle that these seats make. A mentor's seat keeps peer-mentors from reading along."""

    def holding(role: Role) -> frozenset[MemberId]:
        return frozenset(member for member, held in seats.items() if held is role)

    return Circle(
        programme_id=programme_id,
        group_id=group_id,
        group_name=group_name,
        mentors=holding(Role.MENTOR) or holding(Role.PEER_MENTOR),
        mentees=holding(Role.MENTEE),
    )


async def circles_of_mentor(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentor_id: MemberId
) -> list[Circle]:
    """The groups of running programmes in which this member is the mentor, by group id."""
    found = await _circles(connection, workspace_id, mentor_id)
    return [circle for circle in found if mentor_id in circle.mentors]


async def circles_of_mentee(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentee_id: MemberId
) -> list[Circle]:
    """The groups of running programmes in which this member is a mentee, by group id."""
    found = await _circles(connection, workspace_id, mentee_id)
    return [circle for circle in found if mentee_id in circle.mentees]


async def _circles(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> list[Circle]:
    own_seat = seat_table.alias("own_seat")
    query = (
        sa.select(
            group_table.c.programme_id,
            group_table.c.id,
            group_table.c.name,
            seat_table.c.member_id,
            seat_table.c.role,
        )
        .select_from(own_seat)
        .join(
            group_table,
            sa.and_(
                group_table.c.workspace_id == own_seat.c.workspace_id,
                group_table.c.id == own_seat.c.group_id,
            ),
        )
        .join(
            programme_table,
            sa.and_(
                programme_table.c.workspace_id == group_table.c.workspace_id,
                programme_table.c.id == group_table.c.programme_id,
            ),
        )
        .join(
            seat_table,
            sa.and_(
                seat_table.c.workspace_id == group_table.c.workspace_id,
                seat_table.c.group_id == group_table.c.id,
            ),
        )
        .where(
            own_seat.c.workspace_id == workspace_id,
            own_seat.c.member_id == member_id,
            programme_table.c.state == ProgrammeState.RUNNING.value,
        )
        .order_by(group_table.c.id, seat_table.c.member_id)
    )
    groups: dict[str, list[Any]] = {}
    for row in await connection.execute(query):
        groups.setdefault(row.id, []).append(row)
    return [
        circle_of_seats(
            ProgrammeId(rows[0].programme_id),
            GroupId(rows[0].id),
            rows[0].name,
            seats={MemberId(row.member_id): Role(row.role) for row in rows},
        )
        for rows in groups.values()
    ]
