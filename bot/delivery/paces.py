"""The pace of each workspace, shared by all replicas through the database."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import rules
from bot.delivery.model import Pace
from bot.delivery.tables import delivery_pace, pace_from
from bot.kernel.database import insert_into
from bot.kernel.ids import WorkspaceId
from bot.schedule.rules import FARTHEST

_ITS = sa.select(delivery_pace).where(delivery_pace.c.workspace_id == sa.bindparam("workspace"))
_HELD, _FREE = _ITS.with_for_update(), _ITS.with_for_update(skip_locked=True)
_SAVE = (
    delivery_pace.update()
    .where(delivery_pace.c.workspace_id == sa.bindparam("to_workspace_id"))
    .values(
        {
            name: sa.bindparam(f"to_{name}")
            for name in Pace.__dataclass_fields__
            if name != "workspace_id"
        }
    )
)


async def lock_pace(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime, wait: bool = False
) -> Pace | None:
    """The pace of a workspace, held against other replicas until the transaction ends.

    None while another replica holds it, unless told to `wait`.
    """
    this_one = {"workspace": workspace_id}
    row = (await connection.execute(_HELD if wait else _FREE, this_one)).one_or_none()
    if row is not None:
        return pace_from(row)
    first = rules.first_pace(workspace_id, now=now)
    values = {name: getattr(first, name) for name in Pace.__dataclass_fields__}
    made = await connection.execute(
        insert_into(connection, delivery_pace)
        .values(values)
        .on_conflict_do_nothing()
        .returning(delivery_pace.c.workspace_id)
    )
    if made.scalar_one_or_none() is not None:
        return first
    if not wait:
        return None
    return pace_from((await connection.execute(_HELD, this_one)).one())


async def pace_of(connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime) -> Pace:
    """As `lock_pace`, after waiting for whoever holds it."""
    found = await lock_pace(connection, workspace_id, now=now, wait=True)
    assert found is not None, "waiting for a row of one's own making always gives it"
    return found


async def save_pace(connection: AsyncConnection, pace: Pace) -> None:
    """Let all replicas know a workspace's pace."""
    await connection.execute(
        _SAVE, {f"to_{name}": getattr(pace, name) for name in Pace.__dataclass_fields__}
    )


async def rest(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, reason: str, now: datetime
) -> None:
    """Send nothing to this workspace until `wake`. What waits stays, as long as it is of use."""
    pace = await pace_of(connection, workspace_id, now=now)
    await save_pace(connection, replace(pace, paused_until=FARTHEST, paused_for=reason))


async def wake(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, reason: str, now: datetime
) -> None:
    """Send again, if the workspace rests for `reason`."""
    pace = await pace_of(connection, workspace_id, now=now)
    if pace.paused_for == reason:
        await save_pace(connection, replace(pace, paused_until=None, paused_for=None))
