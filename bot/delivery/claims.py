"""Claim what may be sent now, from any number of replicas, each entry by one of them alone."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import paces, rules
from bot.delivery.model import Claim, Entry, KindPolicy, Lane, OutboxState
from bot.delivery.tables import (
    ENTRY,
    SET_OUT,
    THIS,
    delivery_recipient,
    entry_from,
    in_state,
    outbox,
    this,
)
from bot.kernel import leases
from bot.kernel.database import Instant, put_rows, rows_of
from bot.kernel.ids import WorkspaceId

HoldBack = Callable[
    [AsyncConnection, WorkspaceId, Sequence[Entry], datetime], Awaitable[Collection[str]]
]
"""Asked within a claim: the recipients among these entries' that cannot be reached yet."""

HELD_FOR = timedelta(hours=1)
"""When what is held back is looked at again, should nobody release it before."""


async def hold_nothing_back(
    _connection: AsyncConnection, _workspace_id: WorkspaceId, _of: Sequence[Entry], _now: datetime
) -> Collection[str]:
    """Stand in where every recipient can be reached."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLimits:
    """The limits of every claim: its lease, a member's messages in a week, who is out of reach."""

    lease: timedelta = leases.OUTBOX
    weekly_messages: int = rules.WEEKLY_MESSAGES
    policies: Mapping[str, KindPolicy] = field(default_factory=dict)
    hold_back: HoldBack = hold_nothing_back

    def policy(self, kind: str) -> KindPolicy:
        return self.policies.get(kind, KindPolicy())


_SPARE_CANDIDATES = 5
_RIDERS_AT_MOST = 5


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
    batch = _Batch(connection, workspace_id, now, terms)
    waiting = await batch.candidates(lanes, each=slots + _SPARE_CANDIDATES)
    entries = [entry for lane in waiting.values() for entry in lane]
    await batch.read(entries)
    chosen = rules.choose(waiting, turn=pace.turn, slots=slots, may_go=batch.may_go)
    _, pace_after = rules.grant(pace, now=now, wanted=len(chosen))
    is_held_back = slots < limit and len(entries) - len(batch.later) > len(chosen)
    if is_held_back:
        pace_after = rules.grown(pace_after, now=now)
    await batch.save()
    if not chosen:
        return []
    await paces.save_pace(connection, pace_after)
    return await batch.start(chosen)


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
_RECIPIENTS = sa.select(delivery_recipient).where(
    delivery_recipient.c.workspace_id == sa.bindparam("workspace"),
    delivery_recipient.c.recipient.in_(sa.bindparam("recipients", expanding=True)),
)
_THIS_WEEK = (
    sa.select(outbox.c.recipient, outbox.c.claimed_at)
    .where(
        in_state(*SET_OUT),
        outbox.c.workspace_id == sa.bindparam("workspace"),
        outbox.c.recipient.in_(sa.bindparam("recipients", expanding=True)),
        outbox.c.claimed_at > sa.bindparam("since", type_=Instant),
        outbox.c.rides_on.is_(None),
        outbox.c.lane != str(Lane.INTERACTIVE),
        outbox.c.kind.not_in(sa.bindparam("uncounted", expanding=True)),
    )
    .order_by(outbox.c.claimed_at)
)
_FOLDED = (
    sa.select(*ENTRY)
    .where(
        outbox.c.is_folded.is_(sa.true()),
        in_state(OutboxState.QUEUED),
        outbox.c.workspace_id == sa.bindparam("workspace"),
        outbox.c.recipient.in_(sa.bindparam("recipients", expanding=True)),
        outbox.c.id.not_in(sa.bindparam("chosen", expanding=True)),
    )
    .order_by(outbox.c.priority, outbox.c.not_before)
    .with_for_update(skip_locked=True)
)
_POSTPONE = (
    outbox.update()
    .where(THIS)
    .values(ready_at=sa.bindparam("later", type_=Instant), is_folded=sa.bindparam("folded"))
)
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


@dataclass(slots=True)
class _Batch:
    """Decide who among the candidates of one claim may go, and put that on record."""

    connection: AsyncConnection
    workspace_id: WorkspaceId
    now: datetime
    terms: ClaimLimits
    last_at: dict[str, datetime] = field(default_factory=dict)
    given_until: dict[str, datetime] = field(default_factory=dict)
    sent_at: dict[str, list[datetime]] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    held_back: Collection[str] = ()
    later: list[tuple[Entry, datetime, bool]] = field(default_factory=list)

    async def candidates(self, lanes: Iterable[Lane], *, each: int) -> dict[Lane, list[Entry]]:
        """Find what is ready, at most `each` of a lane, in the order in which it should go."""
        found: dict[Lane, list[Entry]] = {}
        here = {"workspace": self.workspace_id, "now": self.now, "each": each}
        for lane in lanes:
            rows = await self.connection.execute(_READY, here | {"lane": str(lane)})
            found[lane] = sorted(
                (entry_from(row) for row in rows),
                key=lambda entry: (entry.ready_at, entry.priority, entry.created_at),
            )
        return found

    async def read(self, entries: Sequence[Entry]) -> None:
        """Read the seconds, the weeks and the reach of the entries' recipients."""
        recipients = {entry.recipient for entry in entries}
        if not recipients:
            return
        here = {"workspace": self.workspace_id, "recipients": list(recipients)}
        rows = await self.connection.execute(_RECIPIENTS, here)
        self.held_back = await self.terms.hold_back(
            self.connection, self.workspace_id, entries, self.now
        )
        for row in rows:
            self.last_at[row.recipient] = row.last_at
            self.given_until[row.recipient] = row.free_at
        counted = {entry.recipient for entry in entries if self._counts(entry)}
        if counted:
            uncounted = [kind for kind, one in self.terms.policies.items() if not one.counts]
            here |= {"recipients": list(counted), "uncounted": uncounted}
            since = {"since": self.now - rules.WEEK}
            for recipient, claimed_at in await self.connection.execute(_THIS_WEEK, here | since):
                self.sent_at.setdefault(recipient, []).append(claimed_at)

    def may_go(self, entry: Entry) -> bool:
        """Decide about one candidate, and note what that takes from those after it."""
        if entry.recipient in self.held_back:
            self.later.append((entry, self.now + HELD_FOR, entry.is_folded))
            return False
        if self._is_over_budget(entry):
            again_at = rules.fits_again_at(
                self.sent_at[entry.recipient],
                weekly_messages=self.terms.weekly_messages,
                priority=entry.priority,
            )
            self.later.append((entry, again_at, True))
            return False
        slot = rules.free_slot(
            last_at=self.last_at.get(entry.recipient),
            given_until=None if _has_slot(entry) else self.given_until.get(entry.recipient),
            now=self.now,
        )
        self.touched.add(entry.recipient)
        self.given_until[entry.recipient] = max(
            slot + rules.CHANNEL_EVERY, self.given_until.get(entry.recipient, slot)
        )
        if slot > self.now:
            self.later.append((entry, slot, entry.is_folded))
            return False
        self.last_at[entry.recipient] = self.now
        self.sent_at.setdefault(entry.recipient, []).append(self.now)
        return True

    def _is_over_budget(self, entry: Entry) -> bool:
        return self._counts(entry) and not rules.fits_budget(
            sent_this_week=len(self.sent_at.get(entry.recipient, ())),
            weekly_messages=self.terms.weekly_messages,
            priority=entry.priority,
        )

    def _counts(self, entry: Entry) -> bool:
        """Say whether an entry uses up a member's weekly messages. Channels have no such limit."""
        is_to_member = entry.recipient[:1] in {"U", "W"}
        is_answer = entry.lane == Lane.INTERACTIVE
        return is_to_member and not is_answer and self.terms.policy(entry.kind).counts

    async def save(self) -> None:
        """Put on record what must go later, and which seconds of channels were given away."""
        later = [
            this(entry) | {"later": at, "folded": is_folded} for entry, at, is_folded in self.later
        ]
        if later:
            await self.connection.execute(_POSTPONE, later)
        rows = [
            {
                "workspace_id": self.workspace_id,
                "recipient": recipient,
                "last_at": self.last_at.get(recipient, self.now),
                "free_at": self.given_until[recipient],
            }
            for recipient in sorted(self.touched)
        ]
        await put_rows(self.connection, delivery_recipient, rows)

    async def start(self, chosen: Sequence[Entry]) -> list[Claim]:
        """Put the chosen, and what is folded into them, on record as being sent."""
        riders = await self._folded_for(chosen)
        times = {"at": self.now, "lease": self.now + self.terms.lease}
        its = {"its_workspace": self.workspace_id, "ids": [entry.id for entry in chosen]}
        await self.connection.execute(_SET_OUT, its | times)
        riding = [
            this(rider) | {"leader": leader_id} | times
            for leader_id, folded in riders.items()
            for rider in folded
        ]
        if riding:
            await self.connection.execute(_RIDE, riding)
        return [
            Claim(
                entry=_being_sent(entry, now=self.now),
                riders=tuple(
                    _being_sent(rider, now=self.now, rides_on=entry.id)
                    for rider in riders.get(entry.id, ())
                ),
            )
            for entry in chosen
        ]

    async def _folded_for(self, chosen: Sequence[Entry]) -> dict[str, list[Entry]]:
        """Find the folded entries for messages to the same member, by the id of its entry."""
        carriers = {entry.recipient: entry.id for entry in chosen if self._counts(entry)}
        riders: dict[str, list[Entry]] = {}
        if carriers:
            ids = [entry.id for entry in chosen]
            its = {"workspace": self.workspace_id, "recipients": list(carriers), "chosen": ids}
            for row in await self.connection.execute(_FOLDED, its):
                entry = entry_from(row)
                folded = riders.setdefault(carriers[entry.recipient], [])
                if len(folded) < _RIDERS_AT_MOST:
                    folded.append(entry)
        return riders


def _has_slot(entry: Entry) -> bool:
    """Say whether this entry's time was moved already.

    It then waits for nobody's second but the one after the channel's last message: it would wait
    for ever if each second went to the next."""
    return entry.ready_at > entry.not_before


def _being_sent(entry: Entry, *, now: datetime, rides_on: str | None = None) -> Entry:
    return replace(
        entry,
        state=OutboxState.SENDING,
        attempts=entry.attempts + 1,
        claimed_at=entry.claimed_at or now,
        rides_on=rides_on,
    )
