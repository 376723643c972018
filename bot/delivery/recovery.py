"""Take up what was left unclear, and end what came too late, in any workspace."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import paces, rules
from bot.delivery.log import LOGGED
from bot.delivery.model import REPEATS_FOR, Claim, Entry, OutboxState, Restored
from bot.delivery.reasons import WORKSPACE_SHUT
from bot.delivery.rules import UNVERIFIABLE
from bot.delivery.tables import ENTRY, entry_from, in_state, outbox
from bot.kernel.database import rows_of
from bot.kernel.ids import WorkspaceId
from bot.kernel.tables import THIS, restored

RESTORED = "restored"
"""Why an entry is looked up: it waited in the backup that was put back."""


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


async def look_up_what_waited(
    connection: AsyncConnection, *, made_at: datetime, now: datetime
) -> int:
    """Mark as `unknown` what waited in a backup of `made_at`, and may have gone out since.

    What was to be folded into another's message cannot be looked up: it is a dead letter, to be
    sent again by hand. What was not to go before `now` stays. Returns how many are looked up.
    """
    begun = {"ready_at": now, "lookups": 0, "lease_until": None, "last_error": RESTORED}
    folded = outbox.update().where(in_state(OutboxState.QUEUED), outbox.c.is_folded.is_(sa.true()))
    await connection.execute(
        folded.values(
            state=str(OutboxState.FAILED), is_folded=False, ended_at=now, last_error=UNVERIFIABLE
        )
    )
    waited = outbox.update().where(in_state(OutboxState.QUEUED), outbox.c.not_before <= now)
    done = await connection.execute(
        waited.values(state=str(OutboxState.UNKNOWN), claimed_at=made_at, **begun)
    )
    unclear = outbox.update().where(in_state(OutboxState.SENDING, OutboxState.UNKNOWN))
    old = await connection.execute(
        unclear.where(outbox.c.last_error.is_distinct_from(RESTORED)).values(
            state=str(OutboxState.UNKNOWN), **begun
        )
    )
    return done.rowcount + old.rowcount


async def note_restored(connection: AsyncConnection, *, made_at: datetime, now: datetime) -> None:
    """Keep that the database is a backup's from now on.

    Where the backup itself was made soon after a restore, what may be there already goes back to
    the backup of then.
    """
    before = await last_restore(connection)
    if before is not None and made_at < before.restored_at + REPEATS_FOR:
        made_at = min(made_at, before.made_at)
    await connection.execute(restored.delete())
    row = {"id": THIS, "made_at": made_at, "restored_at": now}
    await connection.execute(restored.insert(), row)


async def last_restore(connection: AsyncConnection) -> Restored | None:
    """Find out whether the database was a backup's, and of when."""
    query = sa.select(restored).where(restored.c.id == THIS)
    row = (await connection.execute(query)).one_or_none()
    return Restored(made_at=row.made_at, restored_at=row.restored_at) if row else None


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
