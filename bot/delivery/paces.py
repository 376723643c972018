"""Keep the pace of each workspace, and each recipient's quiet hours and working days."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import rules
from bot.delivery.model import Pace
from bot.delivery.tables import delivery_pace, delivery_rhythm, pace_from
from bot.kernel.database import add_row, put_rows, rows_of
from bot.kernel.ids import WorkspaceId
from bot.schedule.model import Rhythm
from bot.schedule.rules import FARTHEST, zone


async def lock_pace(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime, wait: bool = False
) -> Pace | None:
    """Lock the pace of a workspace against other replicas until the transaction ends.

    None while another replica holds it, unless told to `wait`.
    """
    query = sa.select(delivery_pace).where(rows_of(delivery_pace, workspace_id))
    taken = query.with_for_update(skip_locked=not wait)
    row = (await connection.execute(taken)).one_or_none()
    if row is not None:
        return pace_from(row)
    first = rules.first_pace(workspace_id, now=now)
    if await add_row(connection, delivery_pace, asdict(first)):
        return first
    return pace_from((await connection.execute(taken)).one()) if wait else None


async def pace_of(connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime) -> Pace:
    """Lock a workspace's pace, waiting for the replica that has it."""
    found = await lock_pace(connection, workspace_id, now=now, wait=True)
    assert found is not None, "waiting for a row of one's own making always gives it"
    return found


async def save_pace(connection: AsyncConnection, pace: Pace) -> None:
    """Let all replicas know a workspace's pace."""
    its = rows_of(delivery_pace, pace.workspace_id)
    await connection.execute(delivery_pace.update().where(its).values(asdict(pace)))


async def pause(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, reason: str, now: datetime
) -> None:
    """Send nothing to this workspace until `resume`. What waits stays, as long as it is of use."""
    pace = await pace_of(connection, workspace_id, now=now)
    await save_pace(connection, replace(pace, paused_until=FARTHEST, paused_for=reason))


async def resume(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, reason: str, now: datetime
) -> None:
    """Send again, if the workspace is paused for `reason`."""
    pace = await pace_of(connection, workspace_id, now=now)
    if pace.paused_for == reason:
        await save_pace(connection, replace(pace, paused_until=None, paused_for=None))


async def refuse(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, reason: str, now: datetime
) -> bool:
    """Send nothing for a while to a workspace that Slack refuses; whether that is news."""
    pace = await pace_of(connection, workspace_id, now=now)
    await save_pace(connection, rules.paused(pace, reason=reason, now=now))
    return not rules.is_refused(pace) or pace.paused_for != reason


async def note_lacking(
    connection: AsyncConnection, workspace_id: WorkspaceId, scopes: Iterable[str], *, now: datetime
) -> bool:
    """Note which scopes the app lacks in this workspace; whether that is news."""
    pace = await pace_of(connection, workspace_id, now=now)
    lacking = ",".join(sorted(scopes)) or None
    if lacking == pace.lacking:
        return False
    await save_pace(connection, replace(pace, lacking=lacking))
    return True


async def put_rhythm(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    recipient: str,
    *,
    rhythm: Rhythm,
    tz: str,
) -> None:
    """Write to this recipient only when `rhythm` welcomes it, by their clocks, now those of `tz`.

    What waits already is looked at again once it is released. Raises ValueError for an unknown
    zone.
    """
    zone(tz)
    row = {
        "workspace_id": workspace_id,
        "recipient": recipient,
        "tz": tz,
        "quiet_from": rhythm.quiet_from,
        "quiet_until": rhythm.quiet_until,
        "working_days": "".join(str(day) for day in sorted(rhythm.working_days)),
    }
    await put_rows(connection, delivery_rhythm, [row])


async def change_zone(
    connection: AsyncConnection, workspace_id: WorkspaceId, recipient: str, *, tz: str
) -> None:
    """Let the rhythm of a travelling recipient, where there is one, follow the clocks of `tz`."""
    zone(tz)
    await connection.execute(
        delivery_rhythm.update()
        .where(rows_of(delivery_rhythm, workspace_id, recipient=recipient))
        .values(tz=tz)
    )


async def rhythm_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, recipient: str
) -> Rhythm | None:
    """Find the rhythm that this recipient has chosen, if any."""
    query = sa.select(delivery_rhythm).where(
        rows_of(delivery_rhythm, workspace_id, recipient=recipient)
    )
    row = (await connection.execute(query)).one_or_none()
    return rhythm_in(row) if row else None


def rhythm_in(row: sa.Row[Any]) -> Rhythm:
    """Give the Rhythm in a row of `delivery_rhythm`."""
    return Rhythm(
        quiet_from=row.quiet_from.replace(tzinfo=None),
        quiet_until=row.quiet_until.replace(tzinfo=None),
        working_days=frozenset(int(day) for day in row.working_days),
    )
