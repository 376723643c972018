"""Store a workspace's days off, and let what is scheduled follow them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import put_rows
from bot.kernel.ids import WorkspaceId
from bot.kinds import COMES_ON_ANY_DAY
from bot.schedule.calendar import ORDINARY, Break, Calendar, checked
from bot.schedule.tables import time_off


async def calendars_of(
    connection: AsyncConnection, workspace_ids: Collection[str]
) -> Mapping[str, Calendar]:
    """Find the days off of those of these workspaces that have named some."""
    if not workspace_ids:
        return {}
    query = sa.select(time_off).where(time_off.c.workspace_id.in_(sorted(workspace_ids)))
    return {row.workspace_id: _calendar(row) for row in await connection.execute(query)}


async def calendar_of(connection: AsyncConnection, workspace_id: WorkspaceId) -> Calendar:
    """Find the days off of a workspace."""
    return (await calendars_of(connection, [workspace_id])).get(workspace_id, ORDINARY)


def calendar_for(kind: str, calendar: Calendar) -> Calendar:
    """Give the days off that count for a kind of schedule: some come on any day."""
    return ORDINARY if kind in COMES_ON_ANY_DAY else calendar


async def put_calendar(
    connection: AsyncConnection, workspace_id: WorkspaceId, calendar: Calendar
) -> None:
    """Keep the days off of a workspace. Raises ValueError for an unknown country or region.

    What is scheduled already follows by `store.follow_calendar`.
    """
    checked(calendar)
    row = {
        "workspace_id": workspace_id,
        "country": calendar.country,
        "region": calendar.region,
        "breaks": [[one.first.isoformat(), one.last.isoformat()] for one in calendar.breaks],
        "moves": calendar.moves,
    }
    await put_rows(connection, time_off, [row])


def breaks_of(kept: Iterable[Iterable[str]]) -> tuple[Break, ...]:
    """Read breaks as they are kept: pairs of first and last day."""
    days = [[date.fromisoformat(day) for day in one] for one in kept]
    return tuple(Break(first, last) for first, last in days)


def _calendar(row: sa.Row[Any]) -> Calendar:
    breaks = breaks_of(row.breaks)
    return Calendar(country=row.country, region=row.region, breaks=breaks, moves=row.moves)
