"""Store the nudges of each week, and up to when they told what was shared."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import add_row, delete_rows, read_as, rows_of, values_of
from bot.kernel.ids import MemberId, WorkspaceId
from bot.nudges.model import NudgeId, Sending
from bot.nudges.tables import nudge


async def add(connection: AsyncConnection, sending: Sending) -> bool:
    """Write it; False when this mentor has had a nudge in that week."""
    return await add_row(connection, nudge, values_of(sending, nudge))


async def find(
    connection: AsyncConnection, workspace_id: WorkspaceId, nudge_id: NudgeId
) -> Sending | None:
    """Find the nudge with this id, or None."""
    found = await find_all(connection, workspace_id, [nudge_id])
    return found[0] if found else None


async def find_all(
    connection: AsyncConnection, workspace_id: WorkspaceId, nudge_ids: Collection[NudgeId]
) -> list[Sending]:
    """Find those of these nudges that there are."""
    query = sa.select(nudge).where(rows_of(nudge, workspace_id, id=nudge_ids))
    return [read_as(Sending, row) for row in await connection.execute(query)]


async def latest(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentor_id: MemberId
) -> Sending | None:
    """Find the mentor's most recent nudge, or None."""
    query = (
        sa.select(nudge)
        .where(rows_of(nudge, workspace_id, mentor_id=mentor_id))
        .order_by(nudge.c.week_on.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else read_as(Sending, row)


async def put_off(
    connection: AsyncConnection, workspace_id: WorkspaceId, nudge_id: NudgeId
) -> None:
    """Remember that what this nudge covers goes into the next week's."""
    await connection.execute(
        sa.update(nudge).where(rows_of(nudge, workspace_id, id=nudge_id)).values(put_off=True)
    )


async def erase(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, member_id: MemberId
) -> int:
    """Forget all nudges of this mentor; returns how many."""
    return await delete_rows(connection, nudge, workspace_id, mentor_id=member_id)
