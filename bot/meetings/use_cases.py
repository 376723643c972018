"""Record that a mentoring group met."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups.joining import known_groups_of_mentor
from bot.kernel.database import add_row, delete_rows, rows_of, values_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.meetings.model import Length, Meeting, MeetingId, Mode
from bot.meetings.tables import meeting, meeting_mentee
from bot.people.model import Member
from bot.programme.groups import is_not_empty
from bot.programme.tables import group_table

MAX_AGE = timedelta(days=60)


def check(
    *, held_on: date, today: date, mentees: Collection[MemberId], of_group: Collection[MemberId]
) -> None:
    """Raise UserFacing where this meeting cannot be recorded; `today` is the mentor's date."""
    if held_on > today:
        raise UserFacing("Choose today or an earlier day: only meetings that took place count.")
    if held_on < today - MAX_AGE:
        raise UserFacing(f"Choose a day within the last {MAX_AGE.days} days.")
    if not mentees:
        raise UserFacing("Choose at least one mentee whom you met.")
    if not set(mentees) <= set(of_group):
        raise UserFacing(
            "Somebody chosen is not in your mentoring group any more. Open the form again."
        )


async def record(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    by: MemberId,
    held_on: date,
    mentees: Mapping[GroupId, frozenset[MemberId]],
    mode: Mode | None = None,
    length: Length | None = None,
    form_key: str,
    today: date,
    now: datetime,
) -> list[Meeting]:
    """Keep that a mentor met these mentees, by group: all or nothing, once for each `form_key`.

    `today` is the mentor's local date. Raises UserFacing where `by` mentors no such group.
    """
    held = []
    groups = await known_groups_of_mentor(connection, workspace_id, by)
    known = {one.group_id: one for one in groups}
    for group_id, met in mentees.items():
        group = known.get(group_id)
        if group is None:
            raise UserFacing("You are not the mentor of this group any more. Nothing was recorded.")
        check(held_on=held_on, today=today, mentees=met, of_group=group.mentees)
        one = Meeting(
            id=_id_of(workspace_id, form_key, group_id),
            workspace_id=workspace_id,
            programme_id=group.programme_id,
            group_id=group_id,
            held_on=held_on,
            mode=mode,
            length=length,
            mentees=met,
            recorded_by=by,
            recorded_at=now,
        )
        await add(connection, one)
        held.append(one)
    return held


def _id_of(workspace_id: WorkspaceId, form_key: str, group_id: GroupId) -> MeetingId:
    digest = hashlib.sha256(f"{workspace_id}|{form_key}|{group_id}".encode()).hexdigest()
    return MeetingId(f"meeting_{digest[:20]}")


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
        meeting.c.workspace_id == group_table.c.workspace_id, meeting.c.group_id == group_table.c.id
    )
    query = (
        sa.select(sa.func.count())
        .select_from(group_table)
        .where(
            rows_of(group_table, workspace_id, programme_id=programme_id), ~has_met, is_not_empty()
        )
    )
    return int((await connection.execute(query)).scalar_one())


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> int:
    """Take the member out of all meetings, which stay for the others; returns how many."""
    gone = await delete_rows(connection, meeting_mentee, member.workspace_id, member_id=member.id)
    await connection.execute(
        sa.update(meeting)
        .where(rows_of(meeting, member.workspace_id, recorded_by=member.id))
        .values(recorded_by="")
    )
    await connection.execute(
        sa.delete(meeting).where(
            meeting.c.workspace_id == member.workspace_id,
            ~sa.exists().where(
                meeting_mentee.c.workspace_id == meeting.c.workspace_id,
                meeting_mentee.c.meeting_id == meeting.c.id,
            ),
        )
    )
    return gone
