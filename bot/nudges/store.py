"""Store the nudges of each week, and up to when they told what was shared."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import insert_into
from bot.kernel.ids import MemberId, WorkspaceId
from bot.nudges.model import NudgeId, Sending
from bot.nudges.tables import nudge


def _sending(row: sa.Row[Any]) -> Sending:
    return Sending(**row._asdict())


async def add(connection: AsyncConnection, sending: Sending) -> bool:
    """Write it; False when this mentor has had a nudge in that week."""
    row = {name: getattr(sending, name) for name in Sending.__slots__}
    statement = (
        insert_into(connection, nudge).values(row).on_conflict_do_nothing().returning(nudge.c.id)
    )
    return (await connection.execute(statement)).scalar_one_or_none() is not None


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
    query = sa.select(nudge).where(
        nudge.c.workspace_id == workspace_id, nudge.c.id.in_(list(nudge_ids))
    )
    return [_sending(row) for row in await connection.execute(query)]


async def latest(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentor_id: MemberId
) -> Sending | None:
    """Find the mentor's most recent nudge, or None."""
    query = (
        sa.select(nudge)
        .where(nudge.c.workspace_id == workspace_id, nudge.c.mentor_id == mentor_id)
        .order_by(nudge.c.week_on.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _sending(row)


async def put_off(
    connection: AsyncConnection, workspace_id: WorkspaceId, nudge_id: NudgeId
) -> None:
    """Remember that what this nudge covers goes into the next week's."""
    await connection.execute(
        sa.update(nudge)
        .where(nudge.c.workspace_id == workspace_id, nudge.c.id == nudge_id)
        .values(put_off=True)
    )


async def erase(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, member_id: MemberId
) -> int:
    """Forget all nudges of this mentor; returns how many."""
    gone = await connection.execute(
        sa.delete(nudge).where(nudge.c.workspace_id == workspace_id, nudge.c.mentor_id == member_id)
    )
    return gone.rowcount
