"""Describe outbox entries, their states and outcomes, and the pace of a workspace."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.kernel.ids import WorkspaceId
from bot.kernel.ports import Message, Receipt


class Lane(StrEnum):
    """The urgency of an entry: answers first, then what is bound to a time, then digests."""

    INTERACTIVE = "interactive"
    PROMPT = "prompt"
    DIGEST = "digest"


class OutboxState(StrEnum):
    """The states of an entry.

    `sending` is on record before Slack is called. `unknown` was perhaps sent and is looked up.
    `failed` is a dead letter. `expired` came too late to be of use, and `withdrawn` was no longer
    wanted when its turn came.
    """

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


OPEN_STATES = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to be put in the outbox: see `Entry`."""

    kind: str
    subject_id: str
    recipient: str
    dedupe_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message to one recipient, held as references: it is rendered when it is sent.

    `recipient` is a Slack user id, `group:` and a GroupId, or `digests:` and a ProgrammeId.
    `ready_at` is when it may be tried next, and `claimed_at` when the sending began whose outcome
    is open. `id` says nothing about anybody: the message carries it in its metadata. `rides_on`
    names the entry in whose message this one is folded.
    """

    id: str
    workspace_id: WorkspaceId
    kind: str
    subject_id: str
    recipient: str
    dedupe_key: str
    lane: Lane
    priority: int
    created_at: datetime
    not_before: datetime
    expires_at: datetime
    state: OutboxState
    ready_at: datetime
    attempts: int = 0
    lookups: int = 0
    claimed_at: datetime | None = None
    rides_on: str | None = None
    is_folded: bool = False
    last_error: str | None = None


class Composer(Protocol):
    """Renders an entry at the moment it is sent."""

    async def compose(self, entry: Entry) -> Message | None:
        """Find the message as it is right now, or None when it is no longer wanted.

        What it raises fails that entry alone; Postponed lets it wait, however often.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A backup that was put back: when it was made, and since when it is the database."""

    made_at: datetime
    restored_at: datetime

    def may_repeat(self, entry: Entry) -> bool:
        """Say whether an entry may be one that was sent before, and is not known any more."""
        return entry.created_at < self.restored_at + REPEATS_FOR


REPEATS_FOR = timedelta(days=2)
"""Duties do anew within days what a backup does not know to be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindPolicy:
    """The treatment of entries of one kind.

    `resend_unknown`: what to do when nobody can find out whether it was sent: send it again, or
    give it up. `counts`: whether it uses up a member's weekly messages (see `rules.fits_budget`).
    `outlasts_absence`: whether it waits for who is away, however long, rather than come too late.
    `reminder_of`: what it reminds of; of all that say the same and are about the same, a member
    gets one a day.
    """

    resend_unknown: bool = False
    counts: bool = True
    outlasts_absence: bool = False
    reminder_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The pace of a workspace, as all replicas know it. Rates are messages per minute.

    `free_at` is when the next message may go. `ceiling` is the rate found to be safe after Slack
    refused more, None when it never has; `changed_at` is when `rate` was last set. `turn` counts
    the messages that were let go, to share them between the lanes; `paused_for` says why it is
    paused, and `paused_since` since when Slack refuses everything here, if it does. `lacking` names
    the scopes that the app lacks here, with commas between.
    """

    workspace_id: WorkspaceId
    rate: float
    free_at: datetime
    changed_at: datetime
    ceiling: float | None = None
    paused_until: datetime | None = None
    paused_for: str | None = None
    turn: int = 0
    paused_since: datetime | None = None
    lacking: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An entry that is being sent, and those that are folded into its message."""

    entry: Entry
    riders: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An entry's new state and, where it is tried again, when.

    `entry` is as it was claimed, which is how a record that comes too late is told from one in
    time. `claimed_at` stays only while it may have been sent. `receipt` is there when it was.
    """

    entry: Entry
    state: OutboxState
    at: datetime
    ready_at: datetime | None = None
    attempts: int = 0
    lookups: int = 0
    claimed_at: datetime | None = None
    reason: str | None = None
    receipt: Receipt | None = None

    @property
    def is_final(self) -> bool:
        return self.state not in OPEN_STATES


@dataclass(frozen=True, slots=True)
class LaneReport:
    """The number of entries of a lane in a state, and since when the oldest waits."""

    lane: Lane
    state: OutboxState
    count: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueReport:
    """A workspace's queue at one instant, for its operator and its coordinator.

    `lanes` are of what waits, is on its way or failed, not of what has come to its end.
    `rate_per_min` is what may be sent now and `sent_last_minute` what was. `expected_finish` is
    when all that may go by then will have gone, None when nothing waits. `refused_for` is Slack's
    word for why it takes nothing here, since `refused_since`; `lacking` are scopes that the app
    does not have.
    """

    workspace_id: WorkspaceId
    lanes: tuple[LaneReport, ...]
    rate_per_min: float
    sent_last_minute: int
    paused_until: datetime | None
    expected_finish: datetime | None
    refused_for: str | None = None
    refused_since: datetime | None = None
    lacking: tuple[str, ...] = ()

    def count(self, state: OutboxState, lane: Lane | None = None) -> int:
        """Count the entries in `state`, in one lane or in all."""
        return sum(
            one.count
            for one in self.lanes
            if one.state == state and (lane is None or one.lane == lane)
        )


@dataclass(frozen=True, slots=True)
class Arrival:
    """How many people a message goes to at once and later, and when the last may have it (UTC)."""

    at_once: int
    later: int
    last_at: datetime | None

    @property
    def people(self) -> int:
        return self.at_once + self.later


def send_id(workspace_id: WorkspaceId, dedupe_key: str) -> str:
    """Name an entry by what it must not be doubled by: so it is found in Slack after a restore that
    does not know it, when it is made anew. Says nothing to who does not know our own ids."""
    digest = hashlib.sha256(f"{workspace_id}\n{dedupe_key}".encode()).hexdigest()
    return f"send_{digest[:20]}"
