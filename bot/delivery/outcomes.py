"""Record the outcomes of sending, and find what there is to do next."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import paces, rules
from bot.delivery.claim_queries import THIS_WEEK
from bot.delivery.model import Entry, Lane, OutboxState, Outcome, Pace
from bot.delivery.reasons import OF_ONE_RECIPIENT, RENDERING, word_for
from bot.delivery.tables import THIS, delivery_pace, in_state, outbox, pace_from, this
from bot.kernel.database import portions, rows_of
from bot.kernel.figures import Figure, Ledger
from bot.kernel.ids import WorkspaceId
from bot.kernel.ports import Paused, Postponed, Receipt, SendFailure
from bot.schedule.rules import FARTHEST


def _to(*names: str) -> dict[str, sa.BindParameter[Any]]:
    return {name: sa.bindparam(f"to_{name}") for name in names}


_SENT = (
    outbox.update()
    .where(THIS, in_state(OutboxState.SENDING, OutboxState.UNKNOWN, OutboxState.QUEUED))
    .values(
        state=str(OutboxState.SENT),
        lookups=0,
        last_error=None,
        is_folded=False,
        lease_until=None,
        **_to("claimed_at", "slack_channel", "slack_ts", "ended_at", "rides_on"),
    )
)
"""That something was sent is true whatever others have made of it meanwhile."""
_AS_CLAIMED = ("state", "attempts", "lookups")
_OTHERWISE = (
    outbox.update()
    .where(
        THIS,
        in_state(OutboxState.SENDING, OutboxState.UNKNOWN),
        *(outbox.c[name] == sa.bindparam(f"was_{name}") for name in _AS_CLAIMED),
    )
    .values(
        lease_until=None,
        **_to("state", "ready_at", "attempts", "lookups", "claimed_at", "last_error"),
        **_to("ended_at", "rides_on", "is_folded"),
    )
)
"""Anything else only holds while the claim does under which it was found."""


async def record(connection: AsyncConnection, outcomes: Iterable[Outcome]) -> None:
    """Record outcomes of any workspaces.

    One that comes after its claim was lost is dropped, unless it says that the message was sent."""
    sent: list[dict[str, Any]] = []
    otherwise: list[dict[str, Any]] = []
    for outcome in outcomes:
        if outcome.receipt is not None:
            sent.append(_sent(outcome, outcome.receipt))
        else:
            otherwise.append(_otherwise(outcome))
    if sent:
        await connection.execute(_SENT, sent)
    if otherwise:
        await connection.execute(_OTHERWISE, otherwise)


def riding(outcome: Outcome, riders: Sequence[Entry]) -> list[Outcome]:
    """Derive the outcomes of the entries that were folded into another's message.

    The same as that one's when it was sent or may have been; else they wait again."""
    if outcome.state in {OutboxState.SENT, OutboxState.UNKNOWN}:
        return [replace(outcome, entry=rider, attempts=rider.attempts) for rider in riders]
    return [left_behind(rider, now=outcome.ready_at or outcome.at) for rider in riders]


def put_off(failure: Exception) -> Postponed:
    """Let an entry wait that could not be looked up, as long as Slack asks, or for a little."""
    if isinstance(failure, Paused):
        return Postponed(failure.reason, failure.retry_after)
    return Postponed(type(failure).__name__, rules.LOOKUP_AT_LATEST)


def left_behind(rider: Entry, *, now: datetime) -> Outcome:
    """Queue an entry again that was to be folded into another's message and was not."""
    return Outcome(
        entry=rider,
        state=OutboxState.QUEUED,
        at=now,
        ready_at=now,
        attempts=max(0, rider.attempts - 1),
    )


def _sent(outcome: Outcome, receipt: Receipt) -> dict[str, Any]:
    return {
        **this(outcome.entry),
        "to_claimed_at": outcome.claimed_at,
        "to_slack_channel": receipt.channel,
        "to_slack_ts": receipt.ts,
        "to_ended_at": outcome.at,
        "to_rides_on": outcome.entry.rides_on,
    }


def _otherwise(outcome: Outcome) -> dict[str, Any]:
    entry = outcome.entry
    return {
        **this(entry),
        **{f"was_{name}": getattr(entry, name) for name in _AS_CLAIMED},
        "to_state": str(outcome.state),
        "to_ready_at": outcome.ready_at or entry.ready_at,
        "to_attempts": outcome.attempts,
        "to_lookups": outcome.lookups,
        "to_claimed_at": outcome.claimed_at,
        "to_last_error": outcome.reason,
        "to_ended_at": outcome.at if outcome.is_final else None,
        "to_rides_on": entry.rides_on if outcome.state == OutboxState.UNKNOWN else None,
        "to_is_folded": entry.rides_on is not None and outcome.state == OutboxState.QUEUED,
    }


async def slow_down(
    connection: AsyncConnection, entry: Entry, failure: SendFailure, *, now: datetime
) -> bool:
    """Slow a workspace down after a refusal that concerns all of it; nothing for other failures.

    True when it is news that Slack refuses everything there."""
    if rules.concerns_workspace(failure):
        return await paces.refuse(connection, entry.workspace_id, reason=failure.reason, now=now)
    if isinstance(failure, Paused):
        pace = await paces.pace_of(connection, entry.workspace_id, now=now)
        claimed_at = entry.claimed_at or now
        slower = rules.slowed(pace, now=now, retry_after=failure.retry_after, claimed_at=claimed_at)
        await paces.save_pace(connection, slower)
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The work there is at an instant, and when there will be more.

    `workspaces` may be sent something now, the one that has been free for longest first, each with
    the lanes that have something ready.
    """

    workspaces: tuple[tuple[WorkspaceId, tuple[Lane, ...]], ...]
    has_expired: bool
    has_lapsed: bool
    has_unknown: bool
    next_at: datetime | None

    @property
    def is_idle(self) -> bool:
        return not (self.workspaces or self.has_expired or self.has_lapsed or self.has_unknown)


async def look(
    connection: AsyncConnection, *, now: datetime, except_ids: Collection[str] = ()
) -> Outlook:
    """Find what there is to do in any workspace at `now`, but for the caller's `except_ids`.

    Costs a few index probes per workspace that has something waiting, however much that is.
    """
    rows = (await connection.execute(_OUTLOOK, {"own": list(except_ids)})).all()
    soon = rows[0]
    ready: list[tuple[datetime, WorkspaceId, tuple[Lane, ...]]] = []
    later: list[datetime] = [at for at in (soon.lease, soon.unknown) if at and at > now]
    for row in rows:
        if row.waiting_in is None:
            continue
        heads = dict(zip(Lane, (row.interactive, row.prompt, row.digest), strict=True))
        at, free_at = _when(heads, pace_from(row) if row.rate is not None else None, now=now)
        if at <= now:
            lanes = tuple(lane for lane, head in heads.items() if head and head <= now)
            ready.append((free_at, WorkspaceId(row.waiting_in), lanes))
        elif at < FARTHEST:
            later.append(at)
    return Outlook(
        workspaces=tuple((workspace_id, lanes) for _, workspace_id, lanes in sorted(ready)),
        has_expired=bool(soon.expiry and soon.expiry <= now),
        has_lapsed=bool(soon.lease and soon.lease <= now),
        has_unknown=bool(soon.unknown and soon.unknown <= now),
        next_at=min(later, default=None),
    )


def _when(
    heads: Mapping[Lane, datetime | None], pace: Pace | None, *, now: datetime
) -> tuple[datetime, datetime]:
    """Say when a workspace's first message may go, and since when the workspace is free for it."""
    whens = []
    for lane, head in heads.items():
        if head is not None:
            is_urgent = lane is Lane.INTERACTIVE
            free = rules.free_again_at(pace, now=now, is_urgent=is_urgent) if pace else head
            whens.append((max(head, free), free))
    return min(whens)


def _soonest() -> sa.Subquery:
    lease = (
        sa.select(outbox.c.lease_until)
        .where(
            in_state(OutboxState.SENDING), outbox.c.id.not_in(sa.bindparam("own", expanding=True))
        )
        .order_by(outbox.c.lease_until)
        .limit(1)
    )
    unknown = (
        sa.select(outbox.c.ready_at)
        .where(in_state(OutboxState.UNKNOWN), outbox.c.rides_on.is_(None))
        .order_by(outbox.c.ready_at)
        .limit(1)
    )
    expiry = sa.select(sa.func.min(outbox.c.expires_at)).where(in_state(OutboxState.QUEUED))
    return sa.select(
        lease.scalar_subquery().label("lease"),
        unknown.scalar_subquery().label("unknown"),
        expiry.scalar_subquery().label("expiry"),
    ).subquery("soonest")


def _heads() -> sa.Subquery:
    """Select each workspace with something queued, and when each of its lanes is ready.

    It hops from one workspace to the next over the index, so the entries between cost nothing.
    """
    first = sa.select(sa.func.min(outbox.c.workspace_id).label("id")).where(
        in_state(OutboxState.QUEUED)
    )
    hop = first.cte("hop", recursive=True)
    following = (
        sa.select(sa.func.min(outbox.c.workspace_id))
        .where(in_state(OutboxState.QUEUED), outbox.c.workspace_id > hop.c.id)
        .correlate(hop)
        .scalar_subquery()
    )
    hop = hop.union_all(sa.select(following).where(hop.c.id.is_not(None)))
    lanes = [
        sa.select(sa.func.min(outbox.c.ready_at))
        .where(
            in_state(OutboxState.QUEUED),
            outbox.c.workspace_id == hop.c.id,
            outbox.c.lane == sa.literal_column(f"'{lane}'"),
        )
        .correlate(hop)
        .scalar_subquery()
        .label(str(lane))
        for lane in Lane
    ]
    waiting = sa.select(hop.c.id.label("waiting_in"), *lanes).where(hop.c.id.is_not(None))
    return waiting.subquery("heads")


def _outlook() -> sa.Select[Any]:
    """Build the one statement: a row for each workspace that waits, one of none if none does.

    Each row says what comes soonest anywhere."""
    soonest, heads = _soonest(), _heads()
    return sa.select(soonest, heads, delivery_pace).select_from(
        soonest.outerjoin(heads, sa.true()).outerjoin(
            delivery_pace, delivery_pace.c.workspace_id == heads.c.waiting_in
        )
    )


_OUTLOOK = _outlook()


async def latest_sent(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    recipient: str,
    *,
    kinds: Collection[str],
    since: datetime,
) -> list[str]:
    """Find the latest message of each kind that reached this recipient after `since`, by id."""
    query = (
        sa.select(outbox.c.kind, outbox.c.id)
        .where(
            rows_of(outbox, workspace_id, recipient=recipient, kind=list(kinds)),
            in_state(OutboxState.SENT),
            outbox.c.claimed_at > since,
        )
        .order_by(outbox.c.claimed_at)
    )
    latest = {row.kind: row.id for row in await connection.execute(query)}
    return list(latest.values())


async def states_about(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    subject_ids: Collection[str],
    *,
    kind: str,
) -> dict[str, dict[OutboxState, int]]:
    """Count the messages of this kind about each of these subjects, by their state."""
    its = (outbox.c.subject_id, outbox.c.state)
    query = (
        sa.select(*its, sa.func.count().label("how_many"))
        .where(rows_of(outbox, workspace_id, kind=kind, subject_id=list(subject_ids)))
        .group_by(*its)
    )
    counted: dict[str, dict[OutboxState, int]] = {}
    for row in await connection.execute(query):
        counted.setdefault(row.subject_id, {})[OutboxState(row.state)] = row.how_many
    return counted


async def sent_this_week(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    recipients: Sequence[str],
    *,
    uncounted: Collection[str],
    now: datetime,
) -> dict[str, int]:
    """Count the messages that each had within seven days, of those that use up a week."""
    counted: Counter[str] = Counter()
    here = {"workspace": workspace_id, "since": now - rules.WEEK, "uncounted": list(uncounted)}
    for some in portions(recipients):
        rows = await connection.execute(THIS_WEEK, here | {"recipients": list(some)})
        counted.update(row.recipient for row in rows)
    return counted


@dataclass(slots=True)
class Failures:
    """The attempts to send that failed since one last succeeded, and why the last one did.

    `last_s` is when that was, by `time.monotonic`.
    """

    in_a_row: int = 0
    reason: str = ""
    last_s: float = 0.0

    def note(self, outcome: Outcome, failure: SendFailure | None, *, now_s: float) -> None:
        """Take in what became of an attempt, and Slack's failure if it met one.

        A pause is no failure, nor is what one recipient explains, nor what is looked for in Slack.
        """
        if outcome.state is OutboxState.SENT:
            self.in_a_row = 0
        elif _is_of_the_whole(outcome, failure):
            self.in_a_row, self.reason, self.last_s = self.in_a_row + 1, outcome.reason or "", now_s

    def lately(self, *, now_s: float) -> tuple[int, str]:
        """Say how many failed and why; none when nothing was tried for FAILURES_COUNT_S."""
        return (self.in_a_row, self.reason) if now_s - self.last_s < FAILURES_COUNT_S else (0, "")


FAILURES_COUNT_S = 3600.0


def _is_of_the_whole(outcome: Outcome, failure: SendFailure | None) -> bool:
    """Say whether an attempt failed for what may keep every other from being sent, too."""
    if failure is None:
        return word_for(outcome.reason) == RENDERING
    if isinstance(failure, Paused | Postponed) or rules.concerns_workspace(failure):
        return False
    return failure.reason not in OF_ONE_RECIPIENT


def count(outcomes: Iterable[Outcome], figures: Ledger) -> None:
    """Count what was sent, by lane, and what was given up, by reason."""
    for outcome in outcomes:
        if outcome.state is OutboxState.SENT:
            figures.add(Figure.SENT, outcome.entry.lane)
        elif outcome.state is OutboxState.FAILED:
            figures.add(Figure.FAILED, word_for(outcome.reason))
