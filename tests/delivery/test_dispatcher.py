import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import rules, store
from bot.delivery.model import Entry, OutboxState
from bot.delivery.paces import pace_of
from bot.delivery.tables import outbox
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.kernel.ports import Ambiguous, Message, NotSent, Paused, Receipt, Refused
from tests.conftest import ELSEWHERE, HERE
from tests.delivery.conftest import Office

S = timedelta(seconds=1)


async def test_a_queued_message_is_sent_and_its_place_in_slack_kept(office: Office) -> None:
    await office.put("bob")

    assert await office.dispatcher.drain() is None

    assert office.slack.texts() == ["notice about bob"]
    entry = await office.entry("bob")
    assert (entry.state, entry.attempts) == (OutboxState.SENT, 1)
    assert office.slack.taken[0].send_id == entry.id
    async with office.database.reading() as connection:
        row = (await connection.execute(sa.select(outbox))).one()
    assert (row.slack_channel, row.slack_ts) == ("DU0BOB", "1.0")


async def test_a_message_waits_for_its_time_and_drain_says_when(office: Office) -> None:
    start = office.clock.now()
    await office.put("bob", after=timedelta(hours=2))

    assert await office.dispatcher.drain() == start + timedelta(hours=2)
    assert office.slack.taken == []
    office.clock.advance(timedelta(hours=2))
    assert await office.dispatcher.drain() is None
    assert len(office.slack.taken) == 1


async def test_sending_is_on_record_before_slack_is_called(office: Office) -> None:
    seen: list[str] = []

    class Looking(type(office.slack)):  # type: ignore[misc]
        async def post(
            self, workspace_id: WorkspaceId, recipient: str, *, message: Message, send_id: str
        ) -> Receipt:
            seen.append((await office.entry("bob")).state)
            return Receipt("D1", "1.0")

    office.dispatcher.messenger = Looking(office.clock)
    await office.put("bob")

    await office.dispatcher.drain()

    assert seen == [OutboxState.SENDING]


async def test_what_cannot_be_reached_yet_waits_at_no_cost_until_it_is_released(
    office: Office,
) -> None:
    closed = {"group:1"}

    async def hold_back(
        _connection: AsyncConnection, workspace_id: WorkspaceId, of: Sequence[Entry], _now: datetime
    ) -> set[str]:
        assert {one.recipient for one in of} <= {"group:1", "U0BOB"}
        return closed if workspace_id == HERE else set()

    office.dispatcher.terms = replace(office.dispatcher.terms, hold_back=hold_back)
    await office.put("pending", recipient="group:1")
    await office.put("later", recipient="group:1", after=timedelta(hours=3))
    await office.put("bob")
    async with office.database.writing() as connection:
        before = await pace_of(connection, HERE, now=office.clock.now())

    await office.dispatcher.drain()

    assert office.slack.texts() == ["notice about bob"]
    held = await office.entry("pending")
    assert (held.state, held.attempts) == (OutboxState.QUEUED, 0)
    async with office.database.writing() as connection:
        after = await pace_of(connection, HERE, now=office.clock.now())
        assert after.turn == before.turn + 1
        closed.clear()
        await store.release(connection, HERE, "group:1", now=office.clock.now())

    await office.dispatcher.drain()

    assert office.slack.texts() == ["notice about bob", "notice about pending"]
    office.clock.advance(timedelta(hours=3))
    await office.dispatcher.drain()
    assert office.slack.texts()[2:] == ["notice about later"]


async def test_what_cannot_be_reached_expires_like_anything_else(office: Office) -> None:
    async def hold_back(*_: object) -> set[str]:
        return {"group:1"}

    office.dispatcher.terms = replace(office.dispatcher.terms, hold_back=hold_back)
    await office.put("pending", recipient="group:1", lasts=timedelta(hours=5))

    await office.play(until=timedelta(hours=6))

    assert (await office.entry("pending")).state is OutboxState.EXPIRED


async def test_what_was_certainly_not_sent_is_tried_again_later(office: Office) -> None:
    office.slack.script = [NotSent("connect_failed"), NotSent("connect_failed")]
    await office.put("bob")

    next_at = await office.dispatcher.drain()
    assert next_at is not None
    assert next_at >= office.clock.now() + 2 * S
    await office.play()

    assert office.slack.texts() == ["notice about bob"]
    assert (await office.entry("bob")).attempts == 3


async def test_after_ten_attempts_a_message_is_a_dead_letter_with_its_reason(
    office: Office,
) -> None:
    office.slack.script = [NotSent("connect_failed")] * 20
    await office.put("bob")

    await office.play(until=timedelta(days=1))

    async with office.database.reading() as connection:
        letters = await store.dead_letters(connection, HERE)
    assert [(one.attempts, one.last_error) for one in letters] == [(10, "connect_failed")]
    assert len(office.slack.script) == 10


async def test_a_dead_letter_that_is_resent_arrives(office: Office) -> None:
    office.slack.script = [Refused("channel_not_found")]
    await office.put("bob")
    await office.play()

    async with office.database.writing() as connection:
        assert await store.resend(connection, HERE, now=office.clock.now()) == 1
    await office.play()

    assert office.slack.texts() == ["notice about bob"]


async def test_a_refused_message_fails_for_good_and_the_reason_is_passed_on(
    office: Office,
) -> None:
    told: list[tuple[str, str]] = []

    async def on_refused(_: AsyncConnection, entry: Entry, reason: str) -> None:
        told.append((entry.recipient, reason))

    office.dispatcher.on_refused = on_refused
    office.slack.script = [Refused("user_disabled")]
    await office.put("bob")
    await office.put("dan", recipient="U0DAN")

    assert await office.dispatcher.drain() is None

    assert told == [("U0BOB", "user_disabled")]
    assert office.slack.texts() == ["notice about dan"]
    assert (await office.entry("bob")).last_error == "user_disabled"


async def test_a_429_pauses_the_whole_workspace_and_no_other(office: Office) -> None:
    office.slack.script = [Paused(30 * S)]
    await office.put("bob")
    office.dispatcher.max_in_flight = 1
    for number in range(3):
        await office.put(f"m{number}", recipient=f"U{number}")
    await office.put("mallory", workspace_id=ELSEWHERE)

    next_at = await office.dispatcher.drain()

    assert office.slack.texts() == ["notice about mallory"]
    assert next_at == office.clock.now() + 30 * S
    await office.play()
    assert len(office.slack.taken) == 5
    assert (await office.entry("bob")).attempts == 1


async def test_a_storm_of_429s_makes_no_dead_letter(office: Office) -> None:
    office.slack.script = [Paused(S)] * 25
    await office.put("bob")

    await office.play()

    assert (await office.entry("bob")).state == OutboxState.SENT


async def test_a_revoked_token_rests_the_workspace_instead_of_failing_everything(
    office: Office,
) -> None:
    office.dispatcher.max_in_flight = 1
    office.slack.script = [Refused("token_revoked")]
    for number in range(4):
        await office.put(f"m{number}", recipient=f"U{number}")

    next_at = await office.dispatcher.drain()

    assert next_at == office.clock.now() + rules.WORKSPACE_PAUSE
    async with office.database.reading() as connection:
        report = await store.queue_report(connection, HERE, now=office.clock.now())
    assert (report.paused_until, report.count(OutboxState.FAILED)) == (next_at, 0)
    await office.play()
    assert len(office.slack.taken) == 4


async def test_a_lost_acknowledgement_is_found_and_not_sent_twice(office: Office) -> None:
    office.slack.script = [(Ambiguous("connection_reset"),)]
    await office.put("bob")

    assert await office.dispatcher.drain() == office.clock.now() + rules.LOOK_UP_AFTER
    assert (await office.entry("bob")).state == OutboxState.UNKNOWN
    await office.play()

    assert office.slack.texts() == ["notice about bob"]
    assert (await office.entry("bob")).state == OutboxState.SENT


async def test_what_was_lost_on_the_way_is_not_found_and_sent_again(office: Office) -> None:
    office.slack.script = [Ambiguous("timeout"), (Ambiguous("http_503"),)]
    await office.put("bob")

    await office.play()

    assert office.slack.texts() == ["notice about bob"]
    assert (await office.entry("bob")).state == OutboxState.SENT


async def test_a_lookup_that_fails_is_made_again(office: Office) -> None:
    office.slack.script = [(Ambiguous("timeout"),)]
    office.slack.find_script = [Paused(60 * S), NotSent("connect_failed"), Refused("token_revoked")]
    await office.put("bob")

    await office.play()

    assert len(office.slack.taken) == 1
    assert (await office.entry("bob")).state == OutboxState.SENT


@pytest.mark.parametrize(
    ("kind", "state", "times"), [("notice", OutboxState.FAILED, 1), ("approval", "sent", 2)]
)
async def test_where_nobody_may_look_the_kind_decides(
    office: Office, kind: str, state: OutboxState, times: int
) -> None:
    office.slack.script = [(Ambiguous("timeout"),)]
    office.slack.find_script = [Refused("missing_scope")] * 5
    await office.put("bob", kind=kind)

    await office.play()

    assert len(office.slack.taken) == times
    entry = await office.entry("bob")
    assert entry.state == state
    if state == OutboxState.FAILED:
        assert entry.last_error == rules.UNVERIFIABLE


async def test_what_expired_while_it_was_unclear_is_not_sent_again(office: Office) -> None:
    office.slack.script = [Ambiguous("timeout")]
    await office.put("bob", lasts=2 * S)

    await office.play()

    assert office.slack.taken == []
    assert (await office.entry("bob")).state == OutboxState.EXPIRED


async def test_what_comes_too_late_is_dropped(office: Office) -> None:
    await office.put("bob", lasts=timedelta(hours=1))
    office.clock.advance(timedelta(hours=2))

    assert await office.dispatcher.drain() is None

    assert office.slack.taken == []
    assert (await office.entry("bob")).state == OutboxState.EXPIRED


async def test_what_is_no_longer_wanted_is_withdrawn(office: Office) -> None:
    office.composed.unwanted = {"bob"}
    await office.put("bob")

    await office.play()

    assert office.slack.taken == []
    assert (await office.entry("bob")).state == OutboxState.WITHDRAWN


async def test_a_message_that_cannot_be_rendered_fails_alone(office: Office) -> None:
    office.composed.raising = {"bob": KeyError("stage")}
    for subject in ("ann", "bob", "cem"):
        await office.put(subject, recipient=f"U0{subject}")

    assert await office.dispatcher.drain() is None

    assert office.slack.texts() == ["notice about ann", "notice about cem"]
    assert (await office.entry("bob")).last_error == "rendering: KeyError"


async def test_rendering_that_may_work_later_is_tried_later(office: Office) -> None:
    office.composed.raising = {"bob": OperatorFacing("the catalogue is being reloaded")}
    await office.put("bob")

    await office.dispatcher.drain()
    office.composed.raising = {}
    await office.play()

    assert office.slack.texts() == ["notice about bob"]


async def test_a_messenger_that_breaks_its_promise_is_treated_as_unclear(office: Office) -> None:
    office.slack.script = [(ValueError("surprise"),)]  # type: ignore[list-item]
    await office.put("bob")

    await office.play()

    assert office.slack.texts() == ["notice about bob"]


async def test_a_call_that_hangs_is_given_up_and_looked_up(office: Office) -> None:
    office.dispatcher.call_timeout_s = 0.05
    office.slack.takes_s = 5
    await office.put("bob")

    assert await office.dispatcher.drain() == office.clock.now() + rules.LOOK_UP_AFTER
    office.slack.takes_s = 0
    await office.play()

    assert office.slack.texts() == ["notice about bob"]


async def test_what_a_killed_worker_had_begun_is_looked_up_and_sent_once(office: Office) -> None:
    office.slack.takes_s = 30
    await office.put("ann", recipient="U0ANN")
    await office.put("bob")
    killed = asyncio.create_task(office.dispatcher.drain())
    await asyncio.sleep(0.3)
    killed.cancel()
    for task in office.dispatcher._in_flight:
        task.cancel()
    ann = await office.entry("ann")
    await _take(office, ann)
    office.slack.takes_s = 0

    survivor = office.another_dispatcher()
    next_at = await survivor.drain()
    assert next_at == office.clock.now() + survivor.terms.lease
    office.clock.advance(survivor.terms.lease)
    await survivor.drain()

    assert sorted(office.slack.texts()) == ["notice about ann", "notice about bob"]
    assert (await office.entry("ann")).state == OutboxState.SENT
    assert (await office.entry("bob")).state == OutboxState.SENT


async def _take(office: Office, entry: Entry) -> None:
    """Let Slack have taken this entry's message, unknown to whoever sent it."""
    message = await office.composed.compose(entry)
    assert message is not None
    office.slack.takes_s = 0
    await office.slack.post(HERE, entry.recipient, message=message, send_id=entry.id)


async def test_a_clock_that_jumps_does_not_make_a_worker_doubt_itself(office: Office) -> None:
    office.slack.takes_s = 0.3
    await office.put("bob")
    draining = asyncio.create_task(office.dispatcher.drain())
    await asyncio.sleep(0.15)
    office.clock.advance(timedelta(days=1))
    await office.put("dan", recipient="U0DAN")

    await draining
    await office.dispatcher.drain()

    assert sorted(office.slack.texts()) == ["notice about bob", "notice about dan"]
