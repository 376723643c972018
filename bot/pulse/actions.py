"""Store what was done about a round's results, and that the next round waits for it."""

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import add_row, delete_rows, read_as, rows_of
from bot.kernel.ids import ProgrammeId, WorkspaceId
from bot.pulse.model import Action, RoundId
from bot.pulse.tables import action_table, hold_table


async def put_action(connection: AsyncConnection, action: Action) -> bool:
    """Keep what was done about a round's results. False if that was said already."""
    return await add_row(connection, action_table, asdict(action))


async def action_on(connection: AsyncConnection, round_id: RoundId) -> Action | None:
    """Find what the coordinator said was done about the round's results, if they did."""
    query = sa.select(action_table).where(action_table.c.round_id == round_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else read_as(Action, row)


async def hold_back(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    now: datetime,
) -> None:
    """Remember that a round fell due and waits."""
    row = {"workspace_id": workspace_id, "programme_id": programme_id, "since": now}
    await add_row(connection, hold_table, row)


async def waiting_since(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> datetime | None:
    """Find since when a round waits, or None."""
    query = sa.select(hold_table.c.since).where(
        rows_of(hold_table, workspace_id, programme_id=programme_id)
    )
    found: datetime | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def let_go(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> None:
    """Forget that a round waits."""
    await delete_rows(connection, hold_table, workspace_id, programme_id=programme_id)
