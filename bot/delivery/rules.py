"""Pace, lanes, backoff and weekly budget: every decision of delivery, without doing any of it.

Slack's figures are from docs.slack.dev/apis/web-api/rate-limits: one message a second for each
channel, several hundred a minute for a workspace, and Retry-After on a refusal.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.delivery.model import Lane, Pace
from bot.kernel.ids import WorkspaceId

ALWAYS, NORMAL, LOW = 0, 1, 2
"""Priorities: goes whatever a member had this week; uses the whole week; leaves one for others."""

MAX_ATTEMPTS = 10
MAX_LOOKUPS = 10
CHANNEL_EVERY = timedelta(seconds=1)
WEEKLY_MESSAGES = 3
WEEK = timedelta(days=7)

FIRST_RATE = 300.0
SLOWEST_RATE = 6.0
FASTEST_RATE = 6000.0
BURST = timedelta(seconds=2)
"""How much of its rate a workspace may save up while nothing is sent."""

BATCH = timedelta(milliseconds=500)
"""A backlog is sent in small batches this far apart: cheaper than one by one, and no slower."""


def first_pace(workspace_id: WorkspaceId, *, now: datetime) -> Pace:
    """The pace of a workspace about which nothing is known yet."""
    return Pace(workspace_id=workspace_id, rate=FIRST_RATE, free_at=now - BURST, changed_at=now)


def grant(pace: Pace, *, now: datetime, wanted: int) -> tuple[int, Pace]:
    """How many of `wanted` messages may go at `now`, and the pace once they have gone."""
    if wanted <= 0 or (pace.paused_until and pace.paused_until > now):
        return 0, pace
    interval = timedelta(minutes=1) / pace.rate
    free_at = max(pace.free_at, now - BURST)
    if free_at > now:
        return 0, pace
    granted = min(wanted, 1 + (now - free_at) // interval)
    return granted, replace(
        pace, free_at=free_at + granted * interval, turn=(pace.turn + granted) % 1_000_000
    )


def free_again_at(pace: Pace, *, now: datetime) -> datetime:
    """When it is worth asking for the next batch of a backlog."""
    at = pace.free_at if pace.free_at <= now - BATCH else pace.free_at + BATCH
    return max(at, pace.paused_until) if pace.paused_until else at


_GROW_EVERY = timedelta(seconds=10)
_RECOVER_EVERY = timedelta(seconds=5)
_PROBE_EVERY = timedelta(minutes=10)


def grown(pace: Pace, *, now: datetime) -> Pace:
    """The pace of a workspace with more to send than may go, while Slack refuses nothing.

    5 % more every 10 s until a first refusal; after one, back to the safe rate within about 15 s,
    and from there 2 % more every 10 minutes, in case Slack takes more by now.
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
    higher = min(FASTEST_RATE, pace.ceiling * 1.02)
    return replace(pace, rate=higher, ceiling=higher, changed_at=now)


def slowed(pace: Pace, *, now: datetime, retry_after: timedelta, claimed_at: datetime) -> Pace:
    """The pace after a refusal (HTTP 429): nothing for `retry_after`, then half the rate.

    The safe rate is set below the refused one, the farther the sooner the refusal came after the
    last change. A message claimed before that change tells nothing new, and only prolongs the
    pause.
    """
    paused_until = max(now + retry_after, pace.paused_until or now)
    paused = replace(pace, paused_until=paused_until, paused_for="rate_limited")
    if claimed_at < pace.changed_at:
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
    """When `waiting` messages will have gone at the present pace, None when there are none."""
    if waiting == 0:
        return None
    start = max(now, pace.free_at, pace.paused_until or now)
    return start + waiting * (timedelta(minutes=1) / pace.rate)


_URGENT_FIRST = (Lane.INTERACTIVE, Lane.PROMPT, Lane.DIGEST)


def lane_order(turn: int) -> tuple[Lane, ...]:
    """Which lane goes first at this turn: the most urgent, but every 5th time prompts and every
    20th digests, so that no lane waits for ever behind another."""
    if turn % 20 == 0:
        return (Lane.DIGEST, Lane.INTERACTIVE, Lane.PROMPT)
    if turn % 5 == 0:
        return (Lane.PROMPT, Lane.INTERACTIVE, Lane.DIGEST)
    return _URGENT_FIRST


def shares(waiting: Mapping[Lane, int], *, turn: int, slots: int) -> dict[Lane, int]:
    """How many of `slots` each lane gets when turn number `turn` comes next."""
    left = {lane: waiting.get(lane, 0) for lane in _URGENT_FIRST}
    given = dict.fromkeys(_URGENT_FIRST, 0)
    for number in range(turn + 1, turn + 1 + min(slots, sum(left.values()))):
        lane = next(lane for lane in lane_order(number) if left[lane])
        left[lane] -= 1
        given[lane] += 1
    return given


def backoff(attempts: int, *, chance: float) -> timedelta:
    """How long to leave an entry alone after its n-th failed attempt: 2 s, 4 s … up to 15 min,
    with up to a fifth more by `chance` (0 to 1), lest what failed together return together."""
    base_s = min(900.0, math.ldexp(1.0, max(1, min(attempts, 20))))
    return timedelta(seconds=base_s * (1 + chance / 5))


def fits_budget(*, sent_this_week: int, weekly_messages: int, priority: int) -> bool:
    """Whether a member may have one more message within seven days."""
    if priority <= ALWAYS:
        return True
    return sent_this_week < max(1, weekly_messages - (priority - NORMAL))


def fits_again_at(sent_at: Sequence[datetime], *, weekly_messages: int, priority: int) -> datetime:
    """When one more message of this priority fits, if those of the last seven days were sent at
    `sent_at` (ascending, and more than fit)."""
    allowed = max(1, weekly_messages - (priority - NORMAL))
    return sent_at[len(sent_at) - allowed] + WEEK


def free_slot(*, last_at: datetime | None, given_until: datetime | None, now: datetime) -> datetime:
    """The first second of a channel that is not taken: by the message that set out at `last_at`,
    or by those that were given their time until `given_until`."""
    after_last = last_at + CHANNEL_EVERY if last_at else now
    return max(now, after_last, given_until or now)
