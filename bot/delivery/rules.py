"""Decide pace, lanes, backoff and weekly budget, without doing any of it.

Slack's figures are from docs.slack.dev/apis/web-api/rate-limits: one message a second for each
channel, several hundred a minute for a workspace, and Retry-After on a refusal.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.delivery.model import Entry, KindPolicy, Lane, OutboxState, Outcome, Pace
from bot.delivery.reasons import WORKSPACE_SHUT
from bot.kernel.ids import WorkspaceId
from bot.kernel.ports import Ambiguous, Paused, Postponed, Receipt, Refused, SendFailure
from bot.schedule.rules import FARTHEST

ALWAYS, NORMAL, LOW = 0, 1, 2
"""Priorities: goes whatever a member had this week; uses the whole week; leaves one for others."""

MAX_ATTEMPTS = 10
MAX_LOOKUPS = 20
LOOKUP_AT_LATEST = timedelta(seconds=30)
CHANNEL_EVERY = timedelta(seconds=1)
WEEKLY_MESSAGES = 3
WEEK = timedelta(days=7)

FIRST_RATE = 300.0
SLOWEST_RATE = 60.0
FASTEST_RATE = 6000.0
BURST = timedelta(seconds=1)
"""How much of its rate a workspace may save up while nothing is sent."""

AHEAD, SECONDS_AHEAD = timedelta(minutes=1), timedelta(hours=1)
"""The next message to a workspace, and to one recipient, is never put off for longer: what says so
was written while a clock was ahead."""

BATCH = timedelta(milliseconds=900)
"""A backlog is sent in small batches this far apart: cheaper than one by one, and no slower.
Answers do not wait for them."""


def first_pace(workspace_id: WorkspaceId, *, now: datetime) -> Pace:
    """Give the pace of a workspace about which nothing is known yet."""
    return Pace(workspace_id=workspace_id, rate=FIRST_RATE, free_at=now - BURST, changed_at=now)


def grant(pace: Pace, *, now: datetime, wanted: int) -> tuple[int, Pace]:
    """Say how many of `wanted` messages may go at `now`, and the pace once they have gone."""
    if wanted <= 0 or (pace.paused_until and pace.paused_until > now):
        return 0, pace
    interval = timedelta(minutes=1) / pace.rate
    free_at = max(_free_at(pace, now=now), now - BURST)
    if free_at > now:
        return 0, pace
    granted = min(wanted, 1 + (now - free_at) // interval)
    return granted, replace(
        pace, free_at=free_at + granted * interval, turn=(pace.turn + granted) % 1_000_000
    )


def free_again_at(pace: Pace, *, now: datetime, is_urgent: bool = False) -> datetime:
    """Say when it is worth asking for the next messages: `now` or earlier when some may go at once,
    else when a small batch will, or one that is urgent."""
    free_at = _free_at(pace, now=now)
    at = free_at + BATCH if free_at > now and not is_urgent else free_at
    return max(at, pace.paused_until) if pace.paused_until else at


def _free_at(pace: Pace, *, now: datetime) -> datetime:
    """Say when the next message may go: now where only a clock that was ahead can have put it off.

    What may go at once takes a second at the slowest rate.
    """
    return pace.free_at if pace.free_at <= now + AHEAD else now


_GROW_EVERY = timedelta(seconds=10)
_RECOVER_EVERY = timedelta(seconds=5)
_PROBE_EVERY = timedelta(minutes=1)
_PROBE_PER_MINUTE = 0.0015
_LOW_FOR = timedelta(minutes=30)
"""Slack says that a workspace takes several hundred a minute: what is lower is tested sooner."""


def grown(pace: Pace, *, now: datetime) -> Pace:
    """Give the pace of a workspace with more to send than may go, while Slack refuses nothing.

    5 % more every 10 s until a first refusal; after one, back to the safe rate within about 15 s,
    and from there a little more every minute, by larger steps the longer nothing was refused, in
    case Slack takes more than it seemed.
    """
    steady_for = now - pace.changed_at
    if pace.ceiling is None:
        if steady_for < _GROW_EVERY:
            return pace
        return replace(pace, rate=min(FASTEST_RATE, pace.rate * 1.05), changed_at=now)
    if pace.rate < pace.ceiling:
        if steady_for < _RECOVER_EVERY:
            return pace
        return replace(pace, rate=min(pace.ceiling, pace.rate * 1.25), changed_at=now)
    if steady_for < _PROBE_EVERY:
        return pace
    unrefused_for = now - (pace.paused_until or pace.changed_at)
    if pace.ceiling < FIRST_RATE:
        unrefused_for = max(unrefused_for, _LOW_FOR)
    step = min(0.05, _PROBE_PER_MINUTE * (unrefused_for / timedelta(minutes=1)))
    higher = min(FASTEST_RATE, pace.ceiling * (1 + step))
    return replace(pace, rate=higher, ceiling=higher, changed_at=now)


def slowed(pace: Pace, *, now: datetime, retry_after: timedelta, claimed_at: datetime) -> Pace:
    """Give the pace after a refusal (HTTP 429): nothing for `retry_after`, then half the rate.

    The safe rate is set below the refused one, the farther the sooner the refusal came after the
    last change. A message claimed before the end of the last pause was on its way when that began:
    it tells nothing new, and only prolongs the pause.
    """
    paused_until = max(now + retry_after, pace.paused_until or now)
    if is_refused(pace) and paused_until == pace.paused_until:
        return pace
    paused = replace(pace, paused_until=paused_until, paused_for="rate_limited", paused_since=None)
    if pace.paused_until is not None and claimed_at < pace.paused_until:
        return paused
    steady_for = now - pace.changed_at
    safe = 0.90 if steady_for < timedelta(minutes=2) else 0.96
    return replace(
        paused,
        ceiling=max(SLOWEST_RATE, pace.rate * safe),
        rate=max(SLOWEST_RATE, pace.rate / 2),
        changed_at=now,
    )


def expected_finish(pace: Pace, *, waiting: int, now: datetime) -> datetime | None:
    """Say when `waiting` messages will have gone at the present pace; None for none or never."""
    if waiting == 0 or pace.paused_until == FARTHEST:
        return None
    start = max(now, pace.free_at, pace.paused_until or now)
    return start + waiting * (timedelta(minutes=1) / pace.rate)


def lane_order(turn: int) -> tuple[Lane, ...]:
    """Say which lane goes first at this turn: the most urgent, but every 5th time prompts and every
    20th digests, so that no lane waits for ever behind another."""
    if turn % 20 == 0:
        return (Lane.DIGEST, Lane.INTERACTIVE, Lane.PROMPT)
    if turn % 5 == 0:
        return (Lane.PROMPT, Lane.INTERACTIVE, Lane.DIGEST)
    return tuple(Lane)


def choose(
    waiting: Mapping[Lane, Sequence[Entry]],
    *,
    turn: int,
    slots: int,
    may_go: Callable[[Entry], bool],
) -> list[Entry]:
    """Choose up to `slots` entries, lane by lane in turn; within a lane, in order.

    `may_go` is asked once about each entry whose turn has come; one that may not go does not use
    the turn up.
    """
    queues = {lane: iter(entries) for lane, entries in waiting.items()}
    chosen: list[Entry] = []
    while len(chosen) < slots:
        following = next(
            (
                entry
                for lane in lane_order(turn + 1 + len(chosen))
                for entry in queues.get(lane, ())
                if may_go(entry)
            ),
            None,
        )
        if following is None:
            return chosen
        chosen.append(following)
    return chosen


def backoff(attempts: int, *, chance: float) -> timedelta:
    """Say how long to leave an entry alone after its n-th failed attempt: 2 s, 4 s … up to 15 min,
    with up to a fifth more by `chance` (0 to 1), lest what failed together return together."""
    base_s = min(900.0, math.ldexp(1.0, max(1, min(attempts, 20))))
    return timedelta(seconds=base_s * (1 + chance / 5))


def fits_budget(*, sent_this_week: int, weekly_messages: int, priority: int) -> bool:
    """Say whether a member may have one more message within seven days."""
    if priority <= ALWAYS:
        return True
    return sent_this_week < max(1, weekly_messages - (priority - NORMAL))


def fits_again_at(sent_at: Sequence[datetime], *, weekly_messages: int, priority: int) -> datetime:
    """Say when one more message of this priority fits, if those of the last seven days were sent at
    `sent_at` (ascending, and more than fit)."""
    allowed = max(1, weekly_messages - (priority - NORMAL))
    return sent_at[len(sent_at) - allowed] + WEEK


def free_slot(*, last_at: datetime | None, given_until: datetime | None, now: datetime) -> datetime:
    """Find the first free second of a channel.

    Taken are that of the message sent at `last_at`, and all until `given_until`.
    """
    after_last = last_at + CHANNEL_EVERY if last_at else now
    return max(now, after_last, given_until or now)


LOOK_UP_AFTER = timedelta(seconds=5)
"""How long after an unclear sending it is looked up: Slack may still be at it."""

WORKSPACE_PAUSE = timedelta(minutes=15)
UNVERIFIABLE = "outcome_unknown"


def concerns_workspace(failure: SendFailure) -> bool:
    """Say whether every message to this workspace would be refused as this one was, until somebody
    installs the app again."""
    return isinstance(failure, Refused) and failure.reason in WORKSPACE_SHUT


def paused(pace: Pace, *, reason: str, now: datetime) -> Pace:
    """Give the pace after a refusal that concerns the whole workspace; a longer pause stays."""
    until = now + WORKSPACE_PAUSE
    if pace.paused_until is not None and pace.paused_until > until:
        return pace
    since = pace.paused_since if is_refused(pace) else now
    return replace(pace, paused_until=until, paused_for=reason, paused_since=since or now)


def is_refused(pace: Pace) -> bool:
    """Say whether Slack took nothing of this workspace when it was last asked."""
    return pace.paused_for in WORKSPACE_SHUT and pace.paused_until is not None


def accepted(pace: Pace) -> Pace:
    """Give the pace of a workspace whose token Slack takes again: what waits may go at once."""
    if not is_refused(pace):
        return pace
    return replace(pace, paused_until=None, paused_for=None, paused_since=None)


def after_sending(
    entry: Entry, result: Receipt | SendFailure, *, now: datetime, chance: float
) -> Outcome:
    """Decide the outcome of an entry that was posted, by the answer or the failure."""
    match result:
        case Receipt():
            return _ended(entry, OutboxState.SENT, now=now, receipt=result)
        case Ambiguous():
            at = now + LOOK_UP_AFTER
            return _look_again(entry, at, now=now, reason=result.reason, lookups=0)
        case _:
            return _not_sent(entry, result, now=now, chance=chance)


def _not_sent(entry: Entry, failure: SendFailure, *, now: datetime, chance: float) -> Outcome:
    reason = failure.reason
    if isinstance(failure, Paused | Postponed):
        return _again(entry, now + failure.retry_after, now=now, reason=reason, free=True)
    if concerns_workspace(failure):
        return _again(entry, now + WORKSPACE_PAUSE, now=now, reason=reason, free=True)
    if isinstance(failure, Refused) or entry.attempts >= MAX_ATTEMPTS:
        return _ended(entry, OutboxState.FAILED, now=now, reason=reason)
    return _again(entry, now + backoff(entry.attempts, chance=chance), now=now, reason=reason)


def after_lookup(
    entry: Entry,
    result: Receipt | SendFailure | None,
    *,
    policy: KindPolicy,
    now: datetime,
    chance: float,
) -> Outcome:
    """Decide the outcome of an entry that was unclear and was looked for in Slack.

    `result` None means that it is not there. Where nobody may look, or looking failed too often,
    `policy` decides whether it is sent again.
    """
    match result:
        case Receipt():
            return _ended(entry, OutboxState.SENT, now=now, receipt=result)
        case None:
            return _absent(entry, now=now)
        case Refused() if concerns_workspace(result):
            at = now + WORKSPACE_PAUSE
            return _look_again(entry, at, now=now, reason=result.reason, lookups=entry.lookups)
        case Refused():
            return _unverifiable(entry, result, policy=policy, now=now)
        case _ if entry.lookups + 1 >= MAX_LOOKUPS and not isinstance(result, Paused):
            return _unverifiable(entry, result, policy=policy, now=now)
        case _:
            wait, tried = min(LOOKUP_AT_LATEST, backoff(entry.lookups + 1, chance=chance)), 1
            if isinstance(result, Paused):  # as after a restore that has thousands looked up
                wait, tried = max(wait, result.retry_after), 0
            tried += entry.lookups
            return _look_again(entry, now + wait, now=now, reason=result.reason, lookups=tried)


def after_rendering(entry: Entry, *, reason: str | None, transient: bool, now: datetime) -> Outcome:
    """Decide the outcome of an entry that gave no message.

    It is not wanted any more (no `reason`), or failed to render and is tried again where that may
    help.
    """
    if reason is None:
        return _ended(entry, OutboxState.WITHDRAWN, now=now)
    if transient and entry.attempts < MAX_ATTEMPTS:
        return _again(entry, now + backoff(entry.attempts, chance=0.0), now=now, reason=reason)
    return _ended(entry, OutboxState.FAILED, now=now, reason=reason)


def _look_again(entry: Entry, at: datetime, *, now: datetime, reason: str, lookups: int) -> Outcome:
    return Outcome(
        entry=entry,
        state=OutboxState.UNKNOWN,
        at=now,
        ready_at=at,
        attempts=entry.attempts,
        lookups=lookups,
        claimed_at=entry.claimed_at,
        reason=reason,
    )


def _absent(entry: Entry, *, now: datetime) -> Outcome:
    if now >= entry.expires_at:
        return _ended(entry, OutboxState.EXPIRED, now=now, reason=entry.last_error)
    if entry.attempts >= MAX_ATTEMPTS:
        return _ended(entry, OutboxState.FAILED, now=now, reason=entry.last_error)
    return _again(entry, now, now=now, reason=entry.last_error)


def _unverifiable(
    entry: Entry, failure: SendFailure, *, policy: KindPolicy, now: datetime
) -> Outcome:
    may_be_there = isinstance(failure, Refused) and failure.reason != "missing_scope"
    if may_be_there or not policy.resend_unknown or entry.attempts >= MAX_ATTEMPTS:
        reason = failure.reason if may_be_there else UNVERIFIABLE
        return _ended(entry, OutboxState.FAILED, now=now, reason=reason)
    return _again(entry, now, now=now, reason=UNVERIFIABLE)


def _again(
    entry: Entry, at: datetime, *, now: datetime, reason: str | None, free: bool = False
) -> Outcome:
    """Put an entry back until `at`; `free` when it was no fault of this entry's."""
    return Outcome(
        entry=entry,
        state=OutboxState.QUEUED,
        at=now,
        ready_at=at,
        attempts=max(0, entry.attempts - 1) if free else entry.attempts,
        reason=reason,
    )


def _ended(
    entry: Entry,
    state: OutboxState,
    *,
    now: datetime,
    reason: str | None = None,
    receipt: Receipt | None = None,
) -> Outcome:
    return Outcome(
        entry=entry,
        state=state,
        at=now,
        attempts=entry.attempts,
        claimed_at=entry.claimed_at,
        reason=reason,
        receipt=receipt,
    )
