"""Store meetings that took place."""

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import add_row, delete_rows, rows_of, values_of
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.meetings.model import Meeting
from bot.meetings.tables import meeting, meeting_mentee
from bot.programme.tables import group_table


async def add(connection: AsyncConnection, held: Meeting) -> bool:
    """Write a meeting; False when that id is there already."""
    if not await add_row(connection, meeting, values_of(held, meeting)):
        return False
    await connection.execute(
        sa.insert(meeting_mentee),
        [
            {"workspace_id": held.workspace_id, "meeting_id": held.id, "member_id": member_id}
            for member_id in sorted(held.mentees)
        ],
    )
    return True


async def last_met(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, group_ids: Collection[GroupId]
) -> dict[GroupId, date]:
    """Find the day of each group's latest meeting. Groups that have not met are left out."""
    query = (
        sa.select(meeting.c.group_id, sa.func.max(meeting.c.held_on, type_=sa.Date()))
        .where(rows_of(meeting, workspace_id, group_id=group_ids))
        .group_by(meeting.c.group_id)
    )
    return {GroupId(group_id): on for group_id, on in await connection.execute(query)}


async def count_unmet(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> int:
    """Count the programme's groups that have no meeting on record."""
    has_met = sa.exists().where(
        meeting.c.workspace_id == group_table.c.workspace_id,
        meeting.c.group_id == group_table.c.id,
    )
    query = (
        sa.select(sa.func.count())
        .select_from(group_table)
        .where(
            rows_of(group_table, workspace_id, programme_id=programme_id),
            ~has_met,
        )
    )
    return int((await connection.execute(query)).scalar_one())


async def erase(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, member_id: MemberId
) -> int:
    """Take the member out of all meetings; a meeting stays for the others who were there.

    Returns from how many meetings they were taken.
    """
    gone = await delete_rows(connection, meeting_mentee, workspace_id, member_id=member_id)
    await connection.execute(
        sa.update(meeting)
        .where(rows_of(meeting, workspace_id, recorded_by=member_id))
        .values(recorded_by="")
    )
    await connection.execute(
        sa.delete(meeting).where(
            meeting.c.workspace_id == workspace_id,
            ~sa.exists().where(
                meeting_mentee.c.workspace_id == meeting.c.workspace_id,
                meeting_mentee.c.meeting_id == meeting.c.id,
            ),
        )
    )
    return gone
