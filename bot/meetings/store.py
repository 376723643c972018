"""Where held meetings are kept."""

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Instant, insert_into, metadata
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.meetings.model import Length, Meeting, Mode
from bot.programme.store import group_table

meeting = sa.Table(
    "meeting",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("programme_id", sa.String, nullable=False),
    sa.Column("group_id", sa.String, nullable=False),
    sa.Column("held_on", sa.Date, nullable=False),
    sa.Column("mode", sa.String),
    sa.Column("length", sa.String),
    sa.Column("recorded_by", sa.String, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index(None, "workspace_id", "group_id", "held_on"),
)

meeting_mentee = sa.Table(
    "meeting_mentee",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("meeting_id", sa.String, primary_key=True),
    sa.Column("member_id", sa.String, primary_key=True),
    sa.ForeignKeyConstraint(
        ["workspace_id", "meeting_id"],
        ["meeting.workspace_id", "meeting.id"],
        ondelete="CASCADE",
    ),
    sa.Index(None, "workspace_id", "member_id"),
)


async def add(connection: AsyncConnection, held: Meeting) -> bool:
    """Write a meeting; False when that id is there already."""
    row = {
        "workspace_id": held.workspace_id,
        "id": held.id,
        "programme_id": held.programme_id,
        "group_id": held.group_id,
        "held_on": held.held_on,
        "mode": held.mode,
        "length": held.length,
        "recorded_by": held.recorded_by,
        "recorded_at": held.recorded_at,
    }
    statement = (
        insert_into(connection, meeting)
        .values(row)
        .on_conflict_do_nothing()
        .returning(meeting.c.id)
    )
    if (await connection.execute(statement)).scalar_one_or_none() is None:
        return False
    await connection.execute(
        sa.insert(meeting_mentee),
        [
            {"workspace_id": held.workspace_id, "meeting_id": held.id, "member_id": member_id}
            for member_id in sorted(held.mentees)
        ],
    )
    return True


async def of_groups(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, group_ids: Collection[GroupId]
) -> list[Meeting]:
    """The meetings of these groups, the latest first."""
    query = (
        sa.select(meeting)
        .where(meeting.c.workspace_id == workspace_id, meeting.c.group_id.in_(list(group_ids)))
        .order_by(meeting.c.held_on.desc(), meeting.c.recorded_at.desc(), meeting.c.id)
    )
    rows = (await connection.execute(query)).all()
    present: dict[str, set[MemberId]] = {row.id: set() for row in rows}
    attendance = sa.select(meeting_mentee).where(
        meeting_mentee.c.workspace_id == workspace_id,
        meeting_mentee.c.meeting_id.in_(list(present)),
    )
    for seen in await connection.execute(attendance) if present else ():
        present[seen.meeting_id].add(seen.member_id)
    return [
        Meeting(
            id=row.id,
            workspace_id=workspace_id,
            programme_id=ProgrammeId(row.programme_id),
            group_id=GroupId(row.group_id),
            held_on=row.held_on,
            mode=Mode(row.mode) if row.mode else None,
            length=Length(row.length) if row.length else None,
            mentees=frozenset(present[row.id]),
            recorded_by=MemberId(row.recorded_by),
            recorded_at=row.recorded_at,
        )
        for row in rows
    ]


async def last_met(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, group_ids: Collection[GroupId]
) -> dict[GroupId, date]:
    """The day of each group's latest meeting. Groups that have not met are left out."""
    query = (
        sa.select(meeting.c.group_id, sa.func.max(meeting.c.held_on, type_=sa.Date()))
        .where(meeting.c.workspace_id == workspace_id, meeting.c.group_id.in_(list(group_ids)))
        .group_by(meeting.c.group_id)
    )
    return {GroupId(group_id): on for group_id, on in await connection.execute(query)}


async def count_unmet(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> int:
    """How many of the programme's groups have no meeting on record."""
    has_met = sa.exists().where(
        meeting.c.workspace_id == group_table.c.workspace_id,
        meeting.c.group_id == group_table.c.id,
    )
    query = (
        sa.select(sa.func.count())
        .select_from(group_table)
        .where(
            group_table.c.workspace_id == workspace_id,
            group_table.c.programme_id == programme_id,
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
    gone = await connection.execute(
        sa.delete(meeting_mentee).where(
            meeting_mentee.c.workspace_id == workspace_id, meeting_mentee.c.member_id == member_id
        )
    )
    await connection.execute(
        sa.update(meeting)
        .where(meeting.c.workspace_id == workspace_id, meeting.c.recorded_by == member_id)
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
    return gone.rowcount
