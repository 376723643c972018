"""Put messages into the outbox, show an operator what it holds, and delete them for good."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import log, rules
from bot.delivery.model import (
    OPEN_STATES,
    Entry,
    Lane,
    LaneReport,
    Notice,
    OutboxState,
    QueueReport,
    send_id,
)
from bot.delivery.tables import (
    ENTRY,
    delivery_pace,
    entry_from,
    in_state,
    outbox,
    pace_from,
)
from bot.kernel.database import adding_to, portions, rows_of
from bot.kernel.ids import WorkspaceId
from bot.kernel.ports import Receipt

_RESENT_FOR = timedelta(days=1)


async def enqueue(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    kind: str,
    subject_id: str,
    recipient: str,
    dedupe_key: str,
    lane: Lane,
    now: datetime,
    expires_at: datetime,
    not_before: datetime | None = None,
    priority: int = rules.NORMAL,
) -> bool:
    """Put one message in the outbox, to go at or after `not_before` and before `expires_at`.

    Whether its recipient wants it at that hour is decided when its turn comes: see `hours`.

    False, and nothing is changed, when this workspace has had an entry with that `dedupe_key`.
    `priority` is one of `rules.ALWAYS`, `NORMAL` and `LOW`: what goes first when a member has had
    enough messages for a week.
    """
    added = await enqueue_all(
        connection,
        workspace_id,
        [Notice(kind, subject_id, recipient, dedupe_key)],
        lane=lane,
        now=now,
        expires_at=expires_at,
        not_before=not_before,
        priority=priority,
    )
    return bool(added)


async def enqueue_all(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    notices: Sequence[Notice],
    *,
    lane: Lane,
    now: datetime,
    expires_at: datetime,
    not_before: datetime | None = None,
    priority: int = rules.NORMAL,
) -> int:
    """Put many messages in the outbox, as `enqueue` does each; how many were not there before."""
    at = max(now, not_before or now)
    shared = {
        "workspace_id": workspace_id,
        "lane": str(lane),
        "priority": priority,
        "created_at": now,
        "expires_at": expires_at,
        "state": str(OutboxState.QUEUED),
        "not_before": at,
        "ready_at": at,
    }
    added = 0
    for some in portions(notices):
        rows = [
            shared | asdict(one) | {"id": send_id(workspace_id, one.dedupe_key)} for one in some
        ]
        adding = rows[0] if len(rows) == 1 else rows
        adding_them = adding_to(connection.dialect.name, outbox)
        new = (await connection.execute(adding_them, adding)).all()
        log.queued(connection, rows, new)
        added += len(new)
    return added


async def waiting_about(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    subject_ids: Collection[str],
    *,
    kind: str,
    after: datetime | None = None,
) -> set[str]:
    """Find those subjects about which a message of this kind waits, or waits until `after`."""
    query = sa.select(outbox.c.subject_id).where(
        rows_of(outbox, workspace_id, kind=kind, subject_id=list(subject_ids)),
        in_state(OutboxState.QUEUED),
    )
    if after is not None:
        query = query.where(outbox.c.not_before > after)
    return set((await connection.execute(query)).scalars())


async def withdraw(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    subject_id: str | Sequence[str],
    now: datetime,
    kind: str | None = None,
) -> int:
    """Take back what waits about one subject or many (of one kind, or all); returns how many."""
    subject_ids = [subject_id] if isinstance(subject_id, str) else subject_id
    its: dict[str, object] = {"kind": kind} if kind is not None else {}
    taken = 0
    for some in portions(subject_ids):
        taken += await _withdraw(connection, workspace_id, now=now, subject_id=some, **its)
    return taken


async def withdraw_from(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    recipients: Sequence[str],
    kinds: Collection[str] | None,
    *,
    now: datetime,
) -> None:
    """Take back what waits for these recipients, of these kinds or of any."""
    its: dict[str, object] = {"kind": kinds} if kinds is not None else {}
    for some in portions(recipients):
        await _withdraw(connection, workspace_id, now=now, recipient=some, **its)


async def _withdraw(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime, **which: object
) -> int:
    done = await connection.execute(
        outbox.update()
        .where(rows_of(outbox, workspace_id, **which), in_state(OutboxState.QUEUED))
        .values(state=str(OutboxState.WITHDRAWN), ended_at=now, is_folded=False)
        .returning(*log.LOGGED)
    )
    return log.withdrawn(connection, done.all())


async def keep_until(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    subject_id: str,
    kinds: Collection[str],
    *,
    expires_at: datetime,
) -> None:
    """Let what waits about a subject be worth sending for longer."""
    its = rows_of(outbox, workspace_id, subject_id=subject_id, kind=list(kinds))
    await connection.execute(
        outbox.update()
        .where(its, in_state(OutboxState.QUEUED), outbox.c.expires_at < expires_at)
        .values(expires_at=expires_at)
    )


async def release(
    connection: AsyncConnection, workspace_id: WorkspaceId, recipient: str | None, *, now: datetime
) -> None:
    """Let what waits for this recipient, or for everybody, go as soon as its own time has come."""
    at = sa.bindparam("at", now, outbox.c.not_before.type)
    its = {} if recipient is None else {"recipient": recipient}
    await connection.execute(
        outbox.update()
        .where(rows_of(outbox, workspace_id, **its), in_state(OutboxState.QUEUED))
        .values(ready_at=sa.case((outbox.c.not_before > at, outbox.c.not_before), else_=at))
    )


async def entry(
    connection: AsyncConnection, workspace_id: WorkspaceId, entry_id: str
) -> Entry | None:
    """Find the entry with this id in this workspace."""
    query = sa.select(*ENTRY).where(rows_of(outbox, workspace_id, id=entry_id))
    row = (await connection.execute(query)).one_or_none()
    return entry_from(row) if row else None


async def dead_letters(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, limit: int = 100
) -> list[Entry]:
    """Find what could not be sent, the latest first, each with its reason in `last_error`."""
    rows = await connection.execute(
        sa.select(*ENTRY)
        .where(outbox.c.workspace_id == workspace_id, in_state(OutboxState.FAILED))
        .order_by(outbox.c.ended_at.desc())
        .limit(limit)
    )
    return [entry_from(row) for row in rows]


async def resend(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    now: datetime,
    entry_id: str | None = None,
) -> int:
    """Queue one dead letter again, or all of them, with attempts counted anew; returns how many.

    One that has expired meanwhile is given a day. One whose outcome was never found out is sent
    again all the same: the caller has decided that.
    """
    chosen = {"id": entry_id} if entry_id is not None else {}
    still_useful = outbox.c.expires_at > sa.bindparam("now", now, outbox.c.expires_at.type)
    done = await connection.execute(
        outbox.update()
        .where(rows_of(outbox, workspace_id, **chosen), in_state(OutboxState.FAILED))
        .values(
            state=str(OutboxState.QUEUED),
            ready_at=now,
            attempts=0,
            lookups=0,
            claimed_at=None,
            ended_at=None,
            rides_on=None,
            expires_at=sa.case(
                (still_useful, outbox.c.expires_at),
                else_=sa.bindparam("later", now + _RESENT_FOR, outbox.c.expires_at.type),
            ),
        )
        .returning(*log.LOGGED)
    )
    return log.resent(connection, done.all())


async def sent_since(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    kind: str,
    recipient: str,
    since: datetime | None,
) -> int:
    """Count the messages of this kind that reached this recipient after `since`, or ever."""
    reached = [
        rows_of(outbox, workspace_id, recipient=recipient, kind=kind),
        in_state(OutboxState.SENT),
    ]
    if since is not None:
        reached.append(outbox.c.claimed_at > since)
    query = sa.select(sa.func.count()).select_from(outbox).where(*reached)
    return int((await connection.execute(query)).scalar_one())


async def forget_ended(connection: AsyncConnection, *, before: datetime) -> int:
    """Delete, in all workspaces, what came to its end before `before`, dead letters too."""
    done = await connection.execute(outbox.delete().where(outbox.c.ended_at < before))
    return done.rowcount


async def queue_report(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime
) -> QueueReport:
    """Report what waits, what failed and how fast it goes, in one workspace at `now`."""
    lanes = await _lanes(connection, workspace_id)
    query = sa.select(delivery_pace).where(delivery_pace.c.workspace_id == workspace_id)
    row = (await connection.execute(query)).one_or_none()
    pace = pace_from(row) if row else rules.first_pace(workspace_id, now=now)
    waiting = sum(one.count for one in lanes if one.state in OPEN_STATES)
    paused_until = pace.paused_until if pace.paused_until and pace.paused_until > now else None
    return QueueReport(
        workspace_id=workspace_id,
        lanes=lanes,
        rate_per_min=pace.rate,
        sent_last_minute=await _sent_since(connection, workspace_id, now - timedelta(minutes=1)),
        paused_until=paused_until,
        expected_finish=rules.expected_finish(pace, waiting=waiting, now=now),
        refused_for=pace.paused_for if rules.is_refused(pace) else None,
        refused_since=pace.paused_since,
        lacking=tuple(pace.lacking.split(",")) if pace.lacking else (),
    )


def _is_of(workspace_id: WorkspaceId) -> sa.ColumnElement[bool]:
    """Match this workspace's entries without looking them up by workspace.

    Without statistics SQLite would read all of a workspace rather than what is in one state.
    """
    return outbox.c.workspace_id.concat(sa.literal_column("''")) == workspace_id


async def _lanes(connection: AsyncConnection, workspace_id: WorkspaceId) -> tuple[LaneReport, ...]:
    theirs, others_too = outbox.c.workspace_id == workspace_id, _is_of(workspace_id)
    under_way = {  # each is found by the index of that state alone
        OutboxState.QUEUED: theirs,
        OutboxState.SENDING: others_too,
        OutboxState.UNKNOWN: others_too,
        OutboxState.FAILED: sa.and_(theirs, outbox.c.ended_at.is_not(None)),
    }
    counts = [
        sa.select(
            outbox.c.lane,
            outbox.c.state,
            sa.func.count().label("how_many"),
            sa.func.min(outbox.c.not_before).label("oldest_at"),
        )
        .where(which, in_state(state))
        .group_by(outbox.c.lane, outbox.c.state)
        for state, which in under_way.items()
    ]
    rows = await connection.execute(sa.union_all(*counts).order_by("lane", "state"))
    return tuple(
        LaneReport(Lane(row.lane), OutboxState(row.state), row.how_many, row.oldest_at)
        for row in rows
    )


async def _sent_since(
    connection: AsyncConnection, workspace_id: WorkspaceId, since: datetime
) -> int:
    sent = (_is_of(workspace_id), outbox.c.ended_at >= since, in_state(OutboxState.SENT))
    query = sa.select(sa.func.count()).select_from(outbox).where(*sent)
    return int((await connection.execute(query)).scalar_one())


@dataclass(frozen=True, slots=True)
class Posting:
    """One message: the entry that was sent and those folded into it, and where it stands.

    `receipt` is None where it was not sent, or nobody knows.
    """

    entries: tuple[Entry, ...]
    receipt: Receipt | None

    @property
    def leader(self) -> Entry:
        return self.entries[0]


async def posting_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, **which: str
) -> Posting | None:
    """Find the message that an entry is in, which by its `id` or `dedupe_key`; None for none."""
    found = await _find(connection, workspace_id, **which)
    if found is not None and found.leader.rides_on is not None:
        found = await _find(connection, workspace_id, id=found.leader.rides_on)
    if found is None:
        return None
    riding = sa.select(*ENTRY).where(
        rows_of(outbox, workspace_id, rides_on=found.leader.id), in_state(OutboxState.SENT)
    )
    riders = [entry_from(one) for one in await connection.execute(riding)]
    return replace(found, entries=(found.leader, *riders))


async def _find(
    connection: AsyncConnection, workspace_id: WorkspaceId, **which: str
) -> Posting | None:
    query = sa.select(outbox.c.slack_channel, outbox.c.slack_ts, *ENTRY)
    query = query.where(rows_of(outbox, workspace_id, **which))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    receipt = Receipt(row.slack_channel, row.slack_ts) if row.slack_ts else None
    return Posting((entry_from(row),), receipt)
