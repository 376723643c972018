"""Store mentors' training, and who took part."""

from collections import defaultdict
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import delete_rows, put_rows, read_as, rows_of, values_of, write_each
from bot.kernel.ids import MemberId, WorkspaceId
from bot.training.model import MentorTraining
from bot.training.tables import mentor_training, training_attendance


async def trainings(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, of: MemberId | None = None
) -> list[MentorTraining]:
    """Find all training, or that of one member with their name alone, the latest first."""
    its = {} if of is None else {"member_id": of}
    there = await connection.execute(
        sa.select(training_attendance).where(rows_of(training_attendance, workspace_id, **its))
    )
    people: dict[str, list[MemberId]] = defaultdict(list)
    for row in there:
        people[row.training_id].append(MemberId(row.member_id))
    query = (
        sa.select(mentor_training)
        .where(rows_of(mentor_training, workspace_id))
        .order_by(mentor_training.c.held_on.desc(), mentor_training.c.name, mentor_training.c.id)
    )
    found = [read_as(MentorTraining, row) for row in await connection.execute(query)]
    return [
        replace(one, people=tuple(sorted(people[one.id])))
        for one in found
        if of is None or one.id in people
    ]


async def put(connection: AsyncConnection, one: MentorTraining) -> None:
    """Keep a training with who took part, in place of what was noted before."""
    await put_rows(connection, mentor_training, [values_of(one, mentor_training)])
    its = {"workspace_id": one.workspace_id, "training_id": one.id}
    await delete_rows(connection, training_attendance, one.workspace_id, training_id=one.id)
    rows = [its | {"member_id": each} for each in one.people]
    await write_each(connection, sa.insert(training_attendance), rows)


async def remove(connection: AsyncConnection, one: MentorTraining) -> None:
    """Delete a training, and with it who took part."""
    await delete_rows(connection, mentor_training, one.workspace_id, id=one.id)


async def erase(connection: AsyncConnection, workspace_id: WorkspaceId, whom: MemberId) -> None:
    """Delete that a member took part, and training in which nobody else did."""
    await delete_rows(connection, training_attendance, workspace_id, member_id=whom)
    somebody = sa.exists().where(
        training_attendance.c.workspace_id == mentor_training.c.workspace_id,
        training_attendance.c.training_id == mentor_training.c.id,
    )
    empty = sa.delete(mentor_training).where(rows_of(mentor_training, workspace_id), ~somebody)
    await connection.execute(empty)
