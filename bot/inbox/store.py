"""Store received events, and claim them from any number of replicas at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.inbox.tables import IS_OPEN, inbox
from bot.kernel import leases
from bot.kernel.database import Instant, add_row, delete_rows, read_as, rows_of, values_of
from bot.kernel.ids import WorkspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An event, and the few facts that acting on it takes: ids, times, yes or no, never words.

    It tells how `subject_id` is from `happened_at` (UTC) on, so a later one of the same kind and
    subject makes it unneeded.
    """

    workspace_id: WorkspaceId
    event_id: str
    kind: str
    subject_id: str
    happened_at: datetime
    facts: Mapping[str, object] = field(default_factory=dict)
    attempts: int = 0


MOST_ATTEMPTS = 8
FIRST_BREAK = timedelta(seconds=15)
"""It doubles with each attempt; the last is made half an hour after the first."""


async def keep(connection: AsyncConnection, event: Received, *, now: datetime) -> bool:
    """Keep an event to be worked on. False when it is there already, done or not."""
    row = values_of(event, inbox, facts=dict(event.facts), received_at=now, ready_at=now)
    return await add_row(connection, inbox, row)


async def claim(connection: AsyncConnection, *, now: datetime, limit: int) -> list[Received]:
    """Take up to `limit` of what waits in any workspace, the longest kept first, for leases.INBOX.

    Of one subject's events of a kind only the latest is given, and nothing while another of them
    is being worked on. Call it in a writing transaction.
    """
    await connection.execute(_PASS_OVER, {"now": now})
    rows = (await connection.execute(_READY, {"now": now, "most": limit})).all()
    if rows:
        until = now + leases.INBOX
        claimed = [
            {"its_workspace": row.workspace_id, "its_event": row.event_id, "lease": until}
            for row in rows
        ]
        await connection.execute(_LEASE_OUT, claimed)
    return [read_as(Received, row, attempts=row.attempts + 1) for row in rows]


async def finish(connection: AsyncConnection, event: Received, *, now: datetime) -> None:
    """Note that an event is done. What it told is deleted; its id stays to know a repetition by."""
    await connection.execute(
        _this(event).values(done_at=now, lease_until=None, last_error=None, facts={})
    )


async def put_off(
    connection: AsyncConnection, event: Received, *, reason: str, now: datetime
) -> bool:
    """Let an event that failed wait for another attempt; True when it has had all of them."""
    is_given_up = event.attempts >= MOST_ATTEMPTS
    values: dict[str, Any] = {"last_error": reason, "lease_until": None}
    if is_given_up:
        values |= {"done_at": now, "facts": {}}
    else:
        values |= {"ready_at": now + FIRST_BREAK * 2 ** (event.attempts - 1)}
    await connection.execute(_this(event).values(values))
    return is_given_up


async def next_at(connection: AsyncConnection, *, after: datetime) -> datetime | None:
    """Say when the first attempt later than `after` may be made, in any workspace."""
    return await leases.next_at(connection, inbox, IS_OPEN, leases.free_at(inbox) > after)


async def overdue(connection: AsyncConnection, *, now: datetime) -> tuple[int, datetime | None]:
    """Count what might be done now in all workspaces, and say since when the first might."""
    query = sa.select(sa.func.count(), sa.func.min(inbox.c.ready_at)).where(
        _FREE, inbox.c.ready_at <= leases.NOW
    )
    count, since = (await connection.execute(query, {"now": now})).one()
    return count, since


async def forget_done(connection: AsyncConnection, *, before: datetime) -> int:
    """Forget what came to its end before this; returns how many."""
    done = await connection.execute(inbox.delete().where(inbox.c.done_at < before))
    return done.rowcount


async def erase(
    connection: AsyncConnection, workspace_id: WorkspaceId, subject_ids: Sequence[str]
) -> None:
    """Delete every event about these subjects."""
    await delete_rows(connection, inbox, workspace_id, subject_id=subject_ids)


async def erase_ending(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, ending: str
) -> None:
    """Delete every event about subjects that end so."""
    theirs = inbox.c.subject_id.endswith(ending, autoescape=True)
    await connection.execute(inbox.delete().where(rows_of(inbox, workspace_id), theirs))


def _this(event: Received) -> sa.Update:
    return inbox.update().where(
        rows_of(inbox, event.workspace_id, event_id=event.event_id), inbox.c.done_at.is_(None)
    )


_FREE = IS_OPEN & leases.is_free(inbox)
_other = inbox.alias("other")
_SAME_SUBJECT = (
    (_other.c.workspace_id == inbox.c.workspace_id)
    & (_other.c.subject_id == inbox.c.subject_id)
    & (_other.c.kind == inbox.c.kind)
    & (_other.c.event_id != inbox.c.event_id)
)
_ORDER, _OTHERS_ORDER = (
    sa.tuple_(table.c.happened_at, table.c.received_at, table.c.event_id)
    for table in (inbox, _other)
)
_PASS_OVER = (
    inbox.update()
    .where(_FREE, sa.exists().where(_SAME_SUBJECT, _OTHERS_ORDER > _ORDER))
    .values(done_at=leases.NOW, facts={}, last_error=None, lease_until=None)
)
"""An event is done with once a later one about the same subject has been heard."""
_READY = (
    sa.select(inbox)
    .where(
        _FREE,
        inbox.c.ready_at <= leases.NOW,
        ~sa.exists().where(_SAME_SUBJECT, _other.c.done_at.is_(None)),
    )
    .order_by(inbox.c.received_at)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(of=inbox, skip_locked=True)
)
_LEASE_OUT = (
    inbox.update()
    .where(rows_of(inbox, sa.bindparam("its_workspace"), event_id=sa.bindparam("its_event")))
    .values(lease_until=sa.bindparam("lease", type_=Instant), attempts=inbox.c.attempts + 1)
)
