"""Pace, lanes, backoff, budget and folding."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery import folding, rules
from bot.delivery.model import Entry, KindPolicy, Lane, OutboxState, Pace
from bot.delivery.outcomes import Failures
from bot.kernel.ids import WorkspaceId
from bot.kernel.ports import Ambiguous, Message, NotSent, Paused, Receipt, Refused, SendFailure

NOW = datetime(2026, 9, 2, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
S = timedelta(seconds=1)


def pace(rate: float = 300.0) -> Pace:
    return replace(rules.first_pace(WorkspaceId("T0CAIRN"), now=NOW), rate=rate)


def entry(name: str = "a", lane: Lane = Lane.PROMPT) -> Entry:
    return Entry(
        id=name,
        workspace_id=WorkspaceId("T0CAIRN"),
        kind="notice",
        subject_id=name,
        recipient=f"U0{name}",
        dedupe_key=name,
        lane=lane,
        priority=rules.NORMAL,
        created_at=NOW,
        not_before=NOW,
        expires_at=NOW + timedelta(days=1),
        state=OutboxState.QUEUED,
        ready_at=NOW,
    )


@given(
    st.floats(6, 6000),
    st.lists(st.tuples(st.floats(0, 20), st.integers(0, 50)), min_size=1, max_size=60),
)
def test_no_stretch_of_time_sees_more_than_its_rate_and_what_was_saved_up(
    rate: float, asks: list[tuple[float, int]]
) -> None:
    current, now, granted = pace(rate), NOW, []
    for wait_s, wanted in asks:
        now += timedelta(seconds=wait_s)
        count, current = rules.grant(current, now=now, wanted=wanted)
        assert count <= wanted
        granted.append((now, count))

    for first in range(len(granted)):
        for last in range(first, len(granted)):
            span = granted[last][0] - granted[first][0]
            sent = sum(count for _, count in granted[first : last + 1])
            assert sent <= 1.001 + rate * ((span + rules.BURST) / MINUTE)


@given(st.floats(6, 6000), st.integers(1, 400))
def test_asking_when_told_to_always_gives_something(rate: float, wanted: int) -> None:
    current, now = pace(rate), NOW
    for _ in range(5):
        count, current = rules.grant(current, now=now, wanted=wanted)
        assert count > 0
        now = max(now, rules.free_again_at(current, now=now))


def test_nothing_is_granted_during_a_pause() -> None:
    slowed = rules.slowed(pace(), now=NOW, retry_after=30 * S, claimed_at=NOW)

    assert rules.grant(slowed, now=NOW + 29 * S, wanted=5)[0] == 0
    assert rules.grant(slowed, now=NOW + 30 * S, wanted=5)[0] > 0
    assert rules.free_again_at(slowed, now=NOW) == NOW + 30 * S


def test_one_refused_batch_halves_the_rate_once() -> None:
    slowed = rules.slowed(pace(600), now=NOW, retry_after=30 * S, claimed_at=NOW)
    again = rules.slowed(slowed, now=NOW + S, retry_after=40 * S, claimed_at=NOW - S)

    assert slowed.rate == again.rate == 300
    assert again.paused_until == NOW + 41 * S


def test_a_refusal_never_stops_a_workspace_for_good() -> None:
    current = pace()
    for number in range(50):
        now = NOW + number * MINUTE
        current = rules.slowed(current, now=now, retry_after=S, claimed_at=now)

    assert current.rate == rules.SLOWEST_RATE


@dataclass
class TokenBucket:
    """What a server takes: so many a minute, and some at once."""

    per_min: float
    size: float
    left: float = 0.0
    at: datetime = NOW

    def take(self, now: datetime) -> bool:
        self.left = min(self.size, self.left + (now - self.at) / MINUTE * self.per_min)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@pytest.mark.parametrize("per_min", [120, 525, 1000])
@pytest.mark.parametrize("burst_s", [1, 10, 60])
def test_a_long_backlog_gets_nearly_all_that_a_server_takes_and_is_seldom_refused(
    per_min: float, burst_s: float
) -> None:
    server = TokenBucket(per_min, size=per_min / 60 * burst_s, left=per_min / 60 * burst_s)
    current, now, taken, refused = pace(), NOW, 0, 0
    end = NOW + timedelta(minutes=100)
    while now < end:
        current = rules.grown(current, now=now)
        count, current = rules.grant(current, now=now, wanted=50)
        for _ in range(count):
            if server.take(now):
                taken += 1
                continue
            refused += 1
            current = rules.slowed(current, now=now, retry_after=S, claimed_at=now)
        now = max(now + timedelta(milliseconds=50), rules.free_again_at(current, now=now))

    assert taken / (100 * per_min) >= (0.91 if burst_s == 1 else 0.96)
    assert refused / taken < (0.0005 if per_min >= rules.FIRST_RATE else 0.006)


@given(st.integers(0, 10_000))
def test_every_lane_goes_first_within_twenty_turns(turn: int) -> None:
    orders = [rules.lane_order(number) for number in range(turn, turn + 20)]

    assert {order[0] for order in orders} == set(Lane)
    assert sum(order[0] == Lane.INTERACTIVE for order in orders) == 16
    assert all(set(order) == set(Lane) for order in orders)


@given(
    st.dictionaries(st.sampled_from(list(Lane)), st.integers(0, 30)),
    st.integers(0, 1000),
    st.integers(0, 40),
)
def test_no_turn_is_wasted_while_anything_may_go(
    waiting: dict[Lane, int], turn: int, slots: int
) -> None:
    entries = {
        lane: [entry(f"{lane}{number}", lane) for number in range(count)]
        for lane, count in waiting.items()
    }

    chosen = rules.choose(
        entries, turn=turn, slots=slots, may_go=lambda one: not one.id.endswith("3")
    )

    can_go = [one for lane in entries.values() for one in lane if not one.id.endswith("3")]
    assert len(chosen) == min(slots, len(can_go))
    assert len({one.id for one in chosen}) == len(chosen)
    for lane in Lane:
        of_lane = [one.id for one in chosen if one.lane == lane]
        in_order = [one.id for one in can_go if one.lane == lane]
        assert of_lane == in_order[: len(of_lane)]


@given(st.integers(1, 100), st.floats(0, 1, exclude_max=True))
def test_waiting_grows_and_has_an_end(attempts: int, chance: float) -> None:
    wait = rules.backoff(attempts, chance=chance)

    assert 2 * S <= wait <= timedelta(minutes=18)
    assert rules.backoff(attempts + 1, chance=chance) >= wait


@given(
    st.integers(1, 6),
    st.sampled_from([rules.ALWAYS, rules.NORMAL, rules.LOW]),
    st.lists(st.integers(0, 6 * 86_400), max_size=12).map(sorted),
)
def test_what_does_not_fit_this_week_fits_when_told(
    weekly: int, priority: int, seconds: list[int]
) -> None:
    sent_at = [NOW + second * S for second in seconds]
    if rules.fits_budget(sent_this_week=len(sent_at), weekly_messages=weekly, priority=priority):
        return

    later = rules.fits_again_at(sent_at, weekly_messages=weekly, priority=priority)

    still = [at for at in sent_at if at > later - rules.WEEK]
    assert rules.fits_budget(sent_this_week=len(still), weekly_messages=weekly, priority=priority)
    assert later > sent_at[-1] or later > NOW


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_what_is_folded_stays_within_slacks_limit(sizes: list[int]) -> None:
    messages = [
        Message(text=f"text {n}", blocks=tuple({"type": "divider"} for _ in range(size)))
        for n, size in enumerate(sizes)
    ]

    count = folding.how_many_fold(messages)
    folded = folding.fold(messages[:count])

    assert count >= 1
    assert count == 1 or len(folded.blocks) <= folding.MAX_BLOCKS
    assert all(f"text {number}" in folded.text for number in range(count))


def test_a_folded_message_without_blocks_is_still_read() -> None:
    folded = folding.fold([Message(text="one"), Message(text="two")])

    assert [block["type"] for block in folded.blocks] == ["section", "divider", "section"]


def test_the_finish_is_expected_at_the_present_rate() -> None:
    assert rules.expected_finish(pace(), waiting=0, now=NOW) is None
    assert rules.expected_finish(pace(600), waiting=50_000, now=NOW) == NOW + 50_000 / 600 * MINUTE


@pytest.mark.parametrize(
    ("result", "in_a_row"),
    [
        (Receipt("D1", "1.0"), 0),
        (Ambiguous("http_500"), 4),
        (NotSent("cannot_connect"), 4),
        (Refused("invalid_blocks"), 4),
        (Refused("restricted_action"), 4),
        (Paused(timedelta(seconds=9)), 3),
        (Refused("token_revoked"), 3),
        (Refused("user_disabled"), 3),
        (Refused("is_archived"), 3),
    ],
)
def test_failures_in_a_row_are_those_that_no_one_recipient_explains(
    result: Receipt | SendFailure, in_a_row: int
) -> None:
    failures = Failures(in_a_row=3, reason="fatal_error")
    claimed = replace(entry(), attempts=1)
    outcome = rules.after_sending(claimed, result, now=NOW, chance=0.5)

    failures.note(outcome, None if isinstance(result, Receipt) else result, now_s=0)

    assert failures.in_a_row == in_a_row


def test_what_could_not_be_written_is_a_failure_and_what_was_looked_for_is_none() -> None:
    failures, claimed = Failures(), replace(entry(), attempts=1, last_error="restored")
    written = rules.after_rendering(claimed, reason="rendering: E", transient=False, now=NOW)
    nothing = rules.after_rendering(claimed, reason=None, transient=False, now=NOW)
    absent = rules.after_lookup(claimed, None, policy=KindPolicy(), now=NOW, chance=0.5)
    busy = rules.after_lookup(
        claimed, Paused(timedelta(seconds=9)), policy=KindPolicy(), now=NOW, chance=0.5
    )

    for outcome in (written, nothing, absent, busy):
        failures.note(outcome, None, now_s=0)

    assert (failures.in_a_row, failures.reason) == (1, "rendering: E")


def test_a_run_of_failures_is_forgotten_when_nothing_was_tried_for_an_hour() -> None:
    failures = Failures(in_a_row=30, reason="fatal_error", last_s=1_000)

    assert failures.lately(now_s=4_599) == (30, "fatal_error")
    assert failures.lately(now_s=4_601) == (0, "")


def test_a_clock_that_was_ahead_stops_nothing() -> None:
    ahead = Pace(
        workspace_id=entry().workspace_id,
        rate=300,
        free_at=NOW + timedelta(hours=2),
        changed_at=NOW,
    )

    assert rules.grant(ahead, now=NOW, wanted=9)[0] == 1
    assert rules.free_again_at(ahead, now=NOW) == NOW
