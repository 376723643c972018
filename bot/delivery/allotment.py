"""Decide who among the candidates of one claim may go: seconds of channels, weeks of members."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import rules
from bot.delivery.model import Entry, KindPolicy, Lane, OutboxState
from bot.delivery.tables import ENTRY, SET_OUT, entry_from, in_state, outbox
from bot.kernel import leases
from bot.kernel.database import Instant
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


@dataclass(slots=True)
class Allotment:
    """The state of deciding about the candidates of one claim."""

    now: datetime
    terms: ClaimLimits
    last_at: dict[str, datetime] = field(default_factory=dict)
    given_until: dict[str, datetime] = field(default_factory=dict)
    sent_at: dict[str, list[datetime]] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    held_back: Collection[str] = ()
    later: list[tuple[Entry, datetime, bool]] = field(default_factory=list)

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
        return counts(entry, self.terms) and not rules.fits_budget(
            sent_this_week=len(self.sent_at.get(entry.recipient, ())),
            weekly_messages=self.terms.weekly_messages,
            priority=entry.priority,
        )


def _has_slot(entry: Entry) -> bool:
    """Say whether this entry's time was moved already.

    It then waits for nobody's second but the one after the channel's last message: it would wait
    for ever if each second went to the next."""
    return entry.ready_at > entry.not_before


def counts(entry: Entry, terms: ClaimLimits) -> bool:
    """Say whether an entry uses up a member's weekly messages. Channels have no such limit."""
    to_member = entry.recipient[:1] in {"U", "W"}
    return to_member and entry.lane != Lane.INTERACTIVE and terms.policy(entry.kind).counts


_RIDERS_AT_MOST = 5
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


async def sent_this_week(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    recipients: Iterable[str],
    *,
    now: datetime,
    terms: ClaimLimits,
) -> dict[str, list[datetime]]:
    """Find when each recipient was sent what counts, in the seven days before `now`, in order."""
    rows = await connection.execute(
        _THIS_WEEK,
        {
            "workspace": workspace_id,
            "recipients": list(recipients),
            "since": now - rules.WEEK,
            "uncounted": [kind for kind, one in terms.policies.items() if not one.counts],
        },
    )
    sent_at: dict[str, list[datetime]] = {}
    for recipient, claimed_at in rows:
        sent_at.setdefault(recipient, []).append(claimed_at)
    return sent_at


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


async def folded_for(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    chosen: Sequence[Entry],
    *,
    terms: ClaimLimits,
) -> dict[str, list[Entry]]:
    """Find the folded entries for messages to the same member, by the id of the message's entry."""
    carriers = {entry.recipient: entry.id for entry in chosen if counts(entry, terms)}
    if not carriers:
        return {}
    ids = [entry.id for entry in chosen]
    its = {"workspace": workspace_id, "recipients": list(carriers), "chosen": ids}
    riders: dict[str, list[Entry]] = {}
    for row in await connection.execute(_FOLDED, its):
        entry = entry_from(row)
        folded = riders.setdefault(carriers[entry.recipient], [])
        if len(folded) < _RIDERS_AT_MOST:
            folded.append(entry)
    return riders
