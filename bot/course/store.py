"""Store changes of a programme, and read what is scheduled and waits on its behalf."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.course.model import (
    CourseChange,
    change_from_snapshot,
    change_snapshot,
    course_from_snapshot,
    course_snapshot,
)
from bot.course.tables import course_change
from bot.delivery.model import OutboxState
from bot.delivery.tables import in_state, outbox
from bot.kernel.database import Database, put_rows, read_as, rows_of, values_of
from bot.kernel.ids import GroupId, MemberId, WorkspaceId
from bot.kinds import ScheduleKind
from bot.matching.model import EndReason
from bot.matching.tables import pairing_table
from bot.programme.model import Programme
from bot.programme.tables import group_table, seat_table
from bot.schedule.store import schedule

OF_A_ROUND = (ScheduleKind.PULSE_REMINDER, ScheduleKind.PULSE_CLOSE)
OF_MEMBERS = (ScheduleKind.CHECKIN_PROMPT, ScheduleKind.MENTOR_NUDGE)


class _OnlyTried(Exception):
    """Takes back what was written only to see what it does."""


@asynccontextmanager
async def only_tried(database: Database) -> AsyncIterator[AsyncConnection]:
    """Open a transaction that is taken back at its end."""
    with suppress(_OnlyTried):
        async with database.writing() as connection:
            yield connection
            raise _OnlyTried


async def put_change(connection: AsyncConnection, made: CourseChange) -> None:
    """Keep a change that was made."""
    row = values_of(
        made,
        course_change,
        change=change_snapshot(made.change),
        before=course_snapshot(made.before),
        after=course_snapshot(made.after),
    )
    await put_rows(connection, course_change, [row])


async def next_number(connection: AsyncConnection, programme: Programme) -> int:
    """Give the number of the next change of a programme."""
    its = rows_of(course_change, programme.workspace_id, programme_id=programme.id)
    query = sa.select(sa.func.max(course_change.c.number)).where(its)
    return int((await connection.execute(query)).scalar_one() or 0) + 1


async def last_change(connection: AsyncConnection, programme: Programme) -> CourseChange | None:
    """Find the latest change of a programme that was not undone, or None."""
    query = (
        sa.select(course_change)
        .where(rows_of(course_change, programme.workspace_id, programme_id=programme.id))
        .where(course_change.c.undone_at.is_(None))
        .order_by(course_change.c.number.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _change(row)


async def note_undone(connection: AsyncConnection, made: CourseChange, *, now: datetime) -> None:
    """Note that a change was undone."""
    key = {"programme_id": made.programme_id, "number": made.number}
    its = rows_of(course_change, made.workspace_id, **key)
    await connection.execute(sa.update(course_change).where(its).values(undone_at=now))


async def forget_member(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> None:
    """Let no change name a member who is erased, as who made it or as a contact; it stays."""
    theirs = rows_of(course_change, workspace_id, by=member_id)
    await connection.execute(sa.update(course_change).where(theirs).values(by=None))
    its = rows_of(course_change, workspace_id)
    for row in await connection.execute(sa.select(course_change).where(its)):
        courses = {"before": row.before, "after": row.after}
        without = json.loads(json.dumps(courses).replace(f'"{member_id}"', "null"))
        if without != courses:
            key = rows_of(course_change, workspace_id, programme_id=row.programme_id)
            one = sa.update(course_change).where(key, course_change.c.number == row.number)
            await connection.execute(one.values(without))


def _change(row: sa.Row[Any]) -> CourseChange:
    return read_as(
        CourseChange,
        row,
        change=change_from_snapshot(row.change),
        before=course_from_snapshot(row.before),
        after=course_from_snapshot(row.after),
    )


ALIKE = ("kind", "rule", "tz", "not_before", "next_due_at", "due_on")
"""The columns that are the same in schedules that fall due at the same times."""


async def scheduled(
    connection: AsyncConnection, programme: Programme, *, rounds: Sequence[str]
) -> list[sa.Row[Any]]:
    """Count what falls due for a programme, its members and these `rounds`, by when it does."""
    seated = (
        sa.select(seat_table.c.member_id)
        .join(group_table)
        .where(rows_of(group_table, programme.workspace_id, programme_id=programme.id))
    )
    its = sa.or_(
        sa.and_(schedule.c.kind.in_(OF_MEMBERS), schedule.c.subject_id.in_(seated)),
        sa.and_(schedule.c.kind == ScheduleKind.PULSE_OPEN, schedule.c.subject_id == programme.id),
        sa.and_(schedule.c.kind.in_(OF_A_ROUND), schedule.c.subject_id.in_(rounds)),
        schedule.c.kind == ScheduleKind.MEETING_AGENDA,
    )
    columns = [schedule.c[name] for name in ALIKE]
    query = sa.select(*columns, sa.func.count().label("people"))
    query = query.where(rows_of(schedule, programme.workspace_id), its).group_by(*columns)
    return list(await connection.execute(query))


async def waiting(connection: AsyncConnection, workspace_id: WorkspaceId) -> dict[str, int]:
    """Count the messages that wait to be sent, by kind."""
    query = (
        sa.select(outbox.c.kind, sa.func.count().label("messages"))
        .where(outbox.c.workspace_id == workspace_id, in_state(OutboxState.QUEUED))
        .group_by(outbox.c.kind)
    )
    return {row.kind: row.messages for row in await connection.execute(query)}


async def seat_given_up(
    connection: AsyncConnection, programme: Programme, member_id: MemberId
) -> GroupId | None:
    """Find the group in which a member was a mentee when they left; None where they were in none.

    A group without a mentor leaves no trace of who sat in it.
    """
    its = rows_of(pairing_table, programme.workspace_id, programme_id=programme.id)
    query = (
        sa.select(pairing_table.c.group_id, pairing_table.c.end_reason)
        .where(its, pairing_table.c.mentee_id == member_id)
        .order_by(pairing_table.c.ended_at.desc().nulls_first())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    gave_up = row is not None and row.end_reason == EndReason.MENTEE_LEFT.value
    return GroupId(row.group_id) if row is not None and gave_up else None
