"""Claim what may be sent now, from any number of replicas, each entry by one of them alone."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import paces, rules
from bot.delivery.allotment import Allotment, ClaimLimits, counts, folded_for, sent_this_week
from bot.delivery.model import Claim, Entry, Lane, OutboxState
from bot.delivery.tables import ENTRY, THIS, delivery_recipient, entry_from, in_state, outbox, this
from bot.kernel.database import Instant, put_rows, rows_of
from bot.kernel.ids import WorkspaceId

_SPARE_CANDIDATES = 5


async def claim(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    now: datetime,
    limit: int,
    terms: ClaimLimits,
    lanes: Collection[Lane] = tuple(Lane),
) -> list[Claim]:
    """Take what this workspace may be sent at `now`, at most `limit`, and mark it as `sending`.

    Lanes, the pace of the workspace and of each channel, and members' weekly budgets are kept,
    whoever else claims. Commit before sending. Empty also while another replica claims here.
    `lanes` are those known to have something ready.
    """
    pace = await paces.lock_pace(connection, workspace_id, now=now)
    if pace is None:
        return []
    slots, _ = rules.grant(pace, now=now, wanted=limit)
    if slots == 0:
        return []
    waiting = await _candidates(
        connection, workspace_id, lanes, now=now, each=slots + _SPARE_CANDIDATES
    )
    entries = [entry for lane in waiting.values() for entry in lane]
    batch = await _batch(connection, workspace_id, entries, now=now, terms=terms)
    chosen = rules.choose(waiting, turn=pace.turn, slots=slots, may_go=batch.may_go)
    _, pace_after = rules.grant(pace, now=now, wanted=len(chosen))
    is_held_back = slots < limit and len(entries) - len(batch.later) > len(chosen)
    if is_held_back:
        pace_after = rules.grown(pace_after, now=now)
    await _postpone(connection, batch.later)
    await _save_recipients(connection, workspace_id, batch)
    if not chosen:
        return []
    await paces.save_pace(connection, pace_after)
    return await _start(connection, workspace_id, chosen, now=now, terms=terms)


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


async def expire(connection: AsyncConnection, *, now: datetime) -> int:
    """End what waits in any workspace and has come too late to be of use; returns how many."""
    done = await connection.execute(
        outbox.update()
        .where(in_state(OutboxState.QUEUED), outbox.c.expires_at <= now)
        .values(state=str(OutboxState.EXPIRED), ended_at=now, is_folded=False)
    )
    return done.rowcount


async def lapse(
    connection: AsyncConnection, *, now: datetime, except_ids: Collection[str] = ()
) -> int:
    """Mark as `unknown` what was being sent under a lease that has run out; returns how many.

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
        )
    )
    return done.rowcount


_READY = (
    sa.select(*ENTRY)
    .where(
        in_state(OutboxState.QUEUED),
        outbox.c.workspace_id == sa.bindparam("workspace"),
        outbox.c.lane == sa.bindparam("lane"),
        outbox.c.ready_at <= sa.bindparam("now"),
    )
    .order_by(outbox.c.ready_at)
    .limit(sa.bindparam("each", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)


async def _candidates(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    lanes: Collection[Lane],
    *,
    now: datetime,
    each: int,
) -> dict[Lane, list[Entry]]:
    found: dict[Lane, list[Entry]] = {}
    for lane in lanes:
        here = {"workspace": workspace_id, "lane": str(lane), "now": now, "each": each}
        rows = await connection.execute(_READY, here)
        found[lane] = sorted(
            (entry_from(row) for row in rows),
            key=lambda entry: (entry.ready_at, entry.priority, entry.created_at),
        )
    return found


_RECIPIENTS = sa.select(delivery_recipient).where(
    delivery_recipient.c.workspace_id == sa.bindparam("workspace"),
    delivery_recipient.c.recipient.in_(sa.bindparam("recipients", expanding=True)),
)


async def _batch(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    entries: Sequence[Entry],
    *,
    now: datetime,
    terms: ClaimLimits,
) -> Allotment:
    batch = Allotment(now=now, terms=terms)
    recipients = {entry.recipient for entry in entries}
    if not recipients:
        return batch
    rows = await connection.execute(
        _RECIPIENTS, {"workspace": workspace_id, "recipients": list(recipients)}
    )
    batch.held_back = await terms.hold_back(connection, workspace_id, entries, now)
    for row in rows:
        batch.last_at[row.recipient] = row.last_at
        batch.given_until[row.recipient] = row.free_at
    counted = {entry.recipient for entry in entries if counts(entry, terms)}
    if counted:
        batch.sent_at = await sent_this_week(
            connection, workspace_id, counted, now=now, terms=terms
        )
    return batch


_POSTPONE = (
    outbox.update()
    .where(THIS)
    .values(ready_at=sa.bindparam("later", type_=Instant), is_folded=sa.bindparam("folded"))
)


async def _postpone(
    connection: AsyncConnection, later: Sequence[tuple[Entry, datetime, bool]]
) -> None:
    if not later:
        return
    await connection.execute(
        _POSTPONE,
        [this(entry) | {"later": at, "folded": is_folded} for entry, at, is_folded in later],
    )


async def _save_recipients(
    connection: AsyncConnection, workspace_id: WorkspaceId, batch: Allotment
) -> None:
    rows = [
        {
            "workspace_id": workspace_id,
            "recipient": recipient,
            "last_at": batch.last_at.get(recipient, batch.now),
            "free_at": batch.given_until[recipient],
        }
        for recipient in sorted(batch.touched)
    ]
    await put_rows(connection, delivery_recipient, rows)


_SET_OUT = (
    outbox.update()
    .where(
        outbox.c.workspace_id == sa.bindparam("its_workspace"),
        outbox.c.id.in_(sa.bindparam("ids", expanding=True)),
    )
    .values(
        state=str(OutboxState.SENDING),
        attempts=outbox.c.attempts + 1,
        claimed_at=sa.func.coalesce(
            outbox.c.claimed_at, sa.bindparam("at", type_=Instant), type_=Instant
        ),
        lease_until=sa.bindparam("lease", type_=Instant),
        is_folded=False,
    )
)


async def _start(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    chosen: Sequence[Entry],
    *,
    now: datetime,
    terms: ClaimLimits,
) -> list[Claim]:
    """Put the chosen, and what is folded into them, on record as being sent."""
    riders = await folded_for(connection, workspace_id, chosen, terms=terms)
    lease_until = now + terms.lease
    its = {"its_workspace": workspace_id, "ids": [entry.id for entry in chosen]}
    await connection.execute(_SET_OUT, its | {"at": now, "lease": lease_until})
    if riders:
        await connection.execute(
            _RIDE,
            [
                this(rider) | {"leader": leader_id, "at": now, "lease": lease_until}
                for leader_id, folded in riders.items()
                for rider in folded
            ],
        )
    return [
        Claim(
            entry=_being_sent(entry, now=now),
            riders=tuple(
                _being_sent(rider, now=now, rides_on=entry.id) for rider in riders.get(entry.id, ())
            ),
        )
        for entry in chosen
    ]


_RIDE = (
    outbox.update()
    .where(THIS)
    .values(
        state=str(OutboxState.SENDING),
        attempts=outbox.c.attempts + 1,
        claimed_at=sa.bindparam("at", type_=Instant),
        lease_until=sa.bindparam("lease", type_=Instant),
        rides_on=sa.bindparam("leader"),
    )
)


def _being_sent(entry: Entry, *, now: datetime, rides_on: str | None = None) -> Entry:
    return replace(
        entry,
        state=OutboxState.SENDING,
        attempts=entry.attempts + 1,
        claimed_at=entry.claimed_at or now,
        rides_on=rides_on,
    )


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
