"""All schedules of a workspace rest while nobody there can be reached, and return together."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import insert_into
from bot.kernel.ids import WorkspaceId
from bot.schedule.rules import FARTHEST
from bot.schedule.store import set_next
from bot.schedule.tables import WHOLE_WORKSPACE, schedule, schedule_rest


async def rest(connection: AsyncConnection, workspace_id: WorkspaceId, *, reason: str) -> None:
    """Let nothing fall due in this workspace until `wake`."""
    key = {"workspace_id": workspace_id, "subject_id": WHOLE_WORKSPACE, "reason": reason}
    statement = insert_into(connection, schedule_rest).values(**key, until=FARTHEST)
    await connection.execute(statement.on_conflict_do_nothing())
    await connection.execute(
        sa.update(schedule)
        .where(schedule.c.workspace_id == workspace_id)
        .values(next_due_at=None, due_on=None)
    )


async def wake(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, reason: str, now: datetime
) -> None:
    """End the rest for `reason`: recurring times go on from now, single ones missed come at once.

    Whoever rests for a reason of their own goes on resting.
    """
    ended = await connection.execute(
        sa.delete(schedule_rest).where(
            schedule_rest.c.workspace_id == workspace_id,
            schedule_rest.c.subject_id == WHOLE_WORKSPACE,
            schedule_rest.c.reason == reason,
        )
    )
    if not ended.rowcount:
        return
    subjects = sa.select(schedule.c.subject_id).where(schedule.c.workspace_id == workspace_id)
    found = (await connection.execute(subjects.distinct())).scalars().all()
    await set_next(connection, workspace_id, found, now=now)
