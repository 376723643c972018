"""Claim what may be sent now, from any number of replicas, each entry by one of them alone."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import claim_queries as sql
from bot.delivery import paces, reasons, rules
from bot.delivery.hours import (
    Hold,
    ReadRecipients,
    Recipient,
    at_any_hour,
    is_answer,
    is_to_person,
    may_send,
)
from bot.delivery.model import Claim, Entry, KindPolicy, Lane, OutboxState
from bot.delivery.tables import delivery_recipient, entry_from, this
from bot.kernel import leases
from bot.kernel.clock import local_date
from bot.kernel.database import put_rows
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
    """The limits of every claim: its lease, a member's messages in a week, people's own time, and
    who is out of reach."""

    lease: timedelta = leases.OUTBOX
    weekly_messages: int = rules.WEEKLY_MESSAGES
    policies: Mapping[str, KindPolicy] = field(default_factory=dict)
    recipients: ReadRecipients = at_any_hour
    hold_back: HoldBack = hold_nothing_back

    def policy(self, kind: str) -> KindPolicy:
        return self.policies.get(kind, KindPolicy())


_A_DATE = timedelta(hours=26)
"""Longer than any date lasts, also where the clocks go back."""
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
    put_aside = len(batch.later) + len(batch.never)
    is_held_back = slots < limit and len(entries) - put_aside > len(chosen)
    if is_held_back:
        pace_after = rules.grown(pace_after, now=now)
    await batch.save()
    if not chosen:
        return []
    await paces.save_pace(connection, pace_after)
    return await batch.start(chosen)


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
    recipients: Mapping[str, Recipient] = field(default_factory=dict)
    reminded: set[tuple[str, str, str]] = field(default_factory=set)
    held_back: Collection[str] = ()
    later: list[tuple[Entry, Hold]] = field(default_factory=list)
    never: list[tuple[Entry, str]] = field(default_factory=list)

    async def candidates(self, lanes: Iterable[Lane], *, each: int) -> dict[Lane, list[Entry]]:
        """Find what is ready, at most `each` of a lane, in the order in which it should go."""
        found: dict[Lane, list[Entry]] = {}
        here = {"workspace": self.workspace_id, "now": self.now, "each": each}
        for lane in lanes:
            rows = await self.connection.execute(sql.READY, here | {"lane": str(lane)})
            found[lane] = sorted(
                (entry_from(row) for row in rows),
                key=lambda entry: (entry.ready_at, entry.priority, entry.created_at),
            )
        return found

    async def read(self, entries: Sequence[Entry]) -> None:
        """Read the seconds, the weeks, the hours and the reach of the entries' recipients."""
        names = {entry.recipient for entry in entries}
        if not names:
            return
        here: dict[str, Any] = {"workspace": self.workspace_id, "recipients": list(names)}
        rows = await self.connection.execute(sql.RECIPIENTS, here)
        whose = (self.connection, self.workspace_id)
        self.recipients = await self.terms.recipients(*whose, names, self.now)
        in_time = [entry for entry in entries if self._hold(entry).at == self.now]
        self.held_back = await self.terms.hold_back(*whose, in_time, self.now)
        await self._read_reminders(in_time)
        for row in rows:
            self.last_at[row.recipient] = min(row.last_at, self.now)
            if row.free_at <= self.now + rules.SECONDS_AHEAD:
                self.given_until[row.recipient] = row.free_at
        counted = {entry.recipient for entry in entries if self._counts(entry)}
        if counted:
            uncounted = [kind for kind, one in self.terms.policies.items() if not one.counts]
            here |= {"recipients": list(counted), "uncounted": uncounted}
            since = {"since": self.now - rules.WEEK}
            for recipient, claimed_at in await self.connection.execute(sql.THIS_WEEK, here | since):
                self.sent_at.setdefault(recipient, []).append(claimed_at)

    async def _read_reminders(self, entries: Sequence[Entry]) -> None:
        """Read of what the recipients were reminded on this date of theirs."""
        policies = self.terms.policies
        kinds = {kind: one.reminder_of for kind, one in policies.items() if one.reminder_of}
        names = {entry.recipient for entry in entries if entry.kind in kinds}
        if not names:
            return
        here = {"workspace": self.workspace_id, "recipients": list(names), "kinds": list(kinds)}
        rows = await self.connection.execute(sql.REMINDED, here | {"since": self.now - _A_DATE})
        for row in rows:
            tz = self.recipients[row.recipient].tz.key
            if local_date(row.claimed_at, tz) == local_date(self.now, tz):
                self.reminded.add((row.recipient, str(kinds[row.kind]), row.subject_id))

    def _hold(self, entry: Entry) -> Hold:
        recipient = self.recipients.get(entry.recipient)
        return may_send(entry, recipient, policy=self.terms.policy(entry.kind), now=self.now)

    def _reminder(self, entry: Entry) -> tuple[str, str, str] | None:
        what = self.terms.policy(entry.kind).reminder_of
        return (entry.recipient, what, entry.subject_id) if what else None

    def _put_off(self, entry: Entry, until: datetime, *, is_folded: bool) -> None:
        self.later.append((entry, Hold(until, fold=is_folded)))

    def may_go(self, entry: Entry) -> bool:
        """Decide about one candidate, and note what that takes from those after it."""
        hold, reminder = self._hold(entry), self._reminder(entry)
        if hold.at is None:
            self.never.append((entry, reasons.NOBODY_TO_WRITE_TO))
        elif reminder in self.reminded:
            self.never.append((entry, reasons.REMINDED_TODAY))
        elif hold.at > self.now:
            self.later.append((entry, replace(hold, fold=hold.fold or entry.is_folded)))
        elif entry.recipient in self.held_back:
            self._put_off(entry, self.now + HELD_FOR, is_folded=entry.is_folded)
        elif self._has_room_for(entry):
            if reminder:
                self.reminded.add(reminder)
            return True
        return False

    def _has_room_for(self, entry: Entry) -> bool:
        """Decide by the member's week and by the seconds of the channel."""
        if self._is_over_budget(entry):
            again_at = rules.fits_again_at(
                self.sent_at[entry.recipient],
                weekly_messages=self.terms.weekly_messages,
                priority=entry.priority,
            )
            self._put_off(entry, again_at, is_folded=True)
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
            self._put_off(entry, slot, is_folded=entry.is_folded)
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
        is_asked_for = is_answer(entry) or not is_to_person(entry.recipient)
        return not is_asked_for and self.terms.policy(entry.kind).counts

    async def save(self) -> None:
        """Put on record what must go later, and which seconds of channels were given away."""
        later = [
            this(entry)
            | {
                "later": hold.at,
                "folded": hold.fold,
                "expires": hold.expires_at or entry.expires_at,
            }
            for entry, hold in self.later
        ]
        if later:
            await self.connection.execute(sql.POSTPONE, later)
        never = [this(entry) | {"at": self.now, "why": why} for entry, why in self.never]
        if never:
            await self.connection.execute(sql.GIVE_UP, never)
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
        await self.connection.execute(sql.SETTING_OUT, its | times)
        riding = [
            this(rider) | {"leader": leader_id} | times
            for leader_id, folded in riders.items()
            for rider in folded
        ]
        if riding:
            await self.connection.execute(sql.RIDE, riding)
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
        carriers = {
            entry.recipient: entry.id
            for entry in chosen
            if self._counts(entry) or (entry.is_folded and not is_answer(entry))
        }
        riders: dict[str, list[Entry]] = {}
        if carriers:
            ids = [entry.id for entry in chosen]
            its = {"workspace": self.workspace_id, "recipients": list(carriers), "chosen": ids}
            for row in await self.connection.execute(sql.FOLDED, its):
                entry = entry_from(row)
                folded = riders.setdefault(carriers[entry.recipient], [])
                is_new = self._reminder(entry) not in self.reminded
                if is_new and len(folded) < _RIDERS_AT_MOST:
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
