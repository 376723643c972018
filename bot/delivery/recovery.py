"""Take up what was left unclear, and end what came too late, in any workspace."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import paces, rules
from bot.delivery.log import LOGGED
from bot.delivery.model import Claim, Entry, OutboxState
from bot.delivery.reasons import WORKSPACE_SHUT
from bot.delivery.tables import ENTRY, entry_from, in_state, outbox
from bot.kernel.database import rows_of
from bot.kernel.ids import WorkspaceId


async def claim_unknown(
    connection: AsyncConnection, *, now: datetime, limit: int, lease: timedelta
) -> list[Claim]:
    """Take what is to be looked up at `now`, in any workspace; held by moving its time on."""
    rows = await connection.execute(
        sa.select(*ENTRY)
        .where(in_state(OutboxState.UNKNOWN), outbox.c.ready_at <= now, outbox.c.rides_on.is_(None))
        .order_by(outbox.c.ready_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    entries = [entry_from(row) for row in rows]
    if entries:
        await connection.execute(
            outbox.update()
            .where(outbox.c.id.in_([entry.id for entry in entries]))
            .values(ready_at=now + lease)
        )
    return [Claim(entry=entry, riders=await _riders_of(connection, entry)) for entry in entries]


async def expire(connection: AsyncConnection, *, now: datetime) -> Sequence[sa.Row[Any]]:
    """End what waits in any workspace and has come too late to be of use; gives `LOGGED` of it."""
    done = await connection.execute(
        outbox.update()
        .where(in_state(OutboxState.QUEUED), outbox.c.expires_at <= now)
        .values(state=str(OutboxState.EXPIRED), ended_at=now, is_folded=False)
        .returning(*LOGGED)
    )
    return done.all()


async def lapse(
    connection: AsyncConnection, *, now: datetime, except_ids: Collection[str] = ()
) -> Sequence[sa.Row[Any]]:
    """Mark as `unknown` what was being sent under a lease that has run out; gives `LOGGED` of it.

    `except_ids` are the caller's own, which it knows to be alive whatever the clock says.
    """
    lapsed = outbox.update().where(
        in_state(OutboxState.SENDING),
        outbox.c.lease_until <= now,
        outbox.c.id.not_in(list(except_ids)),
    )
    done = await connection.execute(
        lapsed.values(
            state=str(OutboxState.UNKNOWN), ready_at=now, lookups=0, last_error="lease_ran_out"
        ).returning(*LOGGED)
    )
    return done.all()


async def accept(connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime) -> bool:
    """Send at once what waits because Slack refused a workspace; False where it did not."""
    pace = await paces.pace_of(connection, workspace_id, now=now)
    if not rules.is_refused(pace):
        return False
    await paces.save_pace(connection, rules.accepted(pace))
    its = rows_of(outbox, workspace_id, last_error=WORKSPACE_SHUT)
    await connection.execute(
        outbox.update()
        .where(its, in_state(OutboxState.QUEUED, OutboxState.UNKNOWN))
        .values(ready_at=outbox.c.not_before)
    )
    return True


async def _riders_of(connection: AsyncConnection, entry: Entry) -> tuple[Entry, ...]:
    rows = await connection.execute(
        sa.select(*ENTRY)
        .where(
            rows_of(outbox, entry.workspace_id, rides_on=entry.id),
            outbox.c.rides_on.is_not(None),
            in_state(OutboxState.UNKNOWN),
        )
        .order_by(outbox.c.priority, outbox.c.not_before)
    )
    return tuple(entry_from(row) for row in rows)
