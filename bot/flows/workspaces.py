"""Forget whole workspaces from which Cairn was taken out long ago."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database, all_tables
from bot.kernel.ids import WorkspaceId
from bot.kernel.traces import scrub
from bot.keys.vault import Vault
from bot.people.tables import installation
from bot.pulse import ballots
from bot.pulse.tables import round_table


@dataclass(frozen=True, slots=True)
class Uninstalled:
    """A workspace from which Cairn was taken out, and when (UTC)."""

    workspace_id: WorkspaceId
    at: datetime


async def uninstalled(connection: AsyncConnection) -> list[Uninstalled]:
    """Find the workspaces in which Cairn was and is not any more, the longest ago first."""
    its = installation.c
    query = sa.select(its.workspace_id, its.uninstalled_at).where(
        its.sealed_tokens.is_(None), its.uninstalled_at.is_not(None)
    )
    rows = await connection.execute(query.order_by(its.uninstalled_at))
    return [Uninstalled(WorkspaceId(row.workspace_id), row.uninstalled_at) for row in rows]


async def rows_in(connection: AsyncConnection, workspace_id: WorkspaceId) -> dict[str, int]:
    """Count the rows of a workspace by table, of those tables that have some."""
    rounds = await _rounds(connection, workspace_id)
    found = {}
    for table in all_tables().sorted_tables:
        which = _its(table, workspace_id, rounds)
        if which is not None:
            query = sa.select(sa.func.count()).select_from(table).where(which)
            found[table.name] = int((await connection.execute(query)).scalar_one())
    return {name: count for name, count in found.items() if count}


async def forget_workspace(
    database: Database, vault: Vault, workspace_id: WorkspaceId, *, before: datetime
) -> int:
    """Delete all of a workspace that was left before this; returns how many rows.

    Nothing is deleted where Cairn has been installed again meanwhile. The keys of its pulses go
    first: what they seal opens to nobody, whatever happens then.
    """
    async with database.writing() as connection:
        held = installation.c.workspace_id == workspace_id
        row = (
            await connection.execute(sa.select(installation).where(held).with_for_update())
        ).one_or_none()
        if row is None or row.sealed_tokens is not None or row.uninstalled_at is None:
            return 0
        if row.uninstalled_at >= before:
            return 0
        rounds = await _rounds(connection, workspace_id)
        for round_id in rounds:
            await ballots.destroy_keys(vault, round_id)
        gone = 0
        for table in reversed(all_tables().sorted_tables):
            which = _its(table, workspace_id, rounds)
            if which is not None:
                gone += (await connection.execute(sa.delete(table).where(which))).rowcount
    await scrub(database, all_tables().tables)
    return gone


async def _rounds(connection: AsyncConnection, workspace_id: WorkspaceId) -> Sequence[str]:
    query = sa.select(round_table.c.id).where(round_table.c.workspace_id == workspace_id)
    return (await connection.execute(query)).scalars().all()


def _its(
    table: sa.Table, workspace_id: WorkspaceId, rounds: Sequence[str]
) -> "sa.ColumnElement[bool] | None":
    """Match the rows of a workspace; None for a table that holds nothing of any."""
    if "workspace_id" in table.c:
        return table.c.workspace_id == workspace_id
    return table.c.round_id.in_(rounds) if "round_id" in table.c else None
