from datetime import UTC, datetime, timedelta

import pytest

from bot.delivery import store
from bot.delivery.model import Lane, OutboxState
from bot.delivery.tables import outbox
from bot.kernel.database import Database
from bot.kernel.ids import WorkspaceId
from tests.conftest import ELSEWHERE, HERE

NOW = datetime(2026, 9, 2, 8, 0, tzinfo=UTC)


async def put(
    database: Database,
    key: str,
    *,
    workspace_id: WorkspaceId = HERE,
    lane: Lane = Lane.PROMPT,
    subject_id: str = "bob",
    not_before: datetime | None = None,
) -> bool:
    async with database.writing() as connection:
        return await store.enqueue(
            connection,
            workspace_id,
            kind="checkin_prompt",
            subject_id=subject_id,
            recipient="U0BOB",
            dedupe_key=key,
            lane=lane,
            now=NOW,
            not_before=not_before,
            expires_at=NOW + timedelta(days=2),
        )


async def fail_all(database: Database, *, at: datetime = NOW) -> None:
    async with database.writing() as connection:
        await connection.execute(
            outbox.update().values(
                state="failed", attempts=10, last_error="user_disabled", ended_at=at
            )
        )


async def test_the_same_message_is_kept_once(database: Database) -> None:
    assert await put(database, "week 1")
    assert not await put(database, "week 1")
    assert await put(database, "week 2")

    async with database.reading() as connection:
        report = await store.queue_report(connection, HERE, now=NOW)
    assert report.count(OutboxState.QUEUED) == 2


async def test_the_same_key_in_another_workspace_is_another_message(database: Database) -> None:
    assert await put(database, "week 1")
    assert await put(database, "week 1", workspace_id=ELSEWHERE)


async def test_an_enqueue_that_is_rolled_back_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.writing() as connection:
            await store.enqueue(
                connection,
                HERE,
                kind="mentor_nudge",
                subject_id="alice",
                recipient="U0ALICE",
                dedupe_key="k",
                lane=Lane.PROMPT,
                now=NOW,
                expires_at=NOW + timedelta(days=1),
            )
            raise ZeroDivisionError

    assert await put(database, "k")


async def test_the_report_counts_by_lane_and_state_and_names_the_oldest(
    database: Database,
) -> None:
    await put(database, "a", not_before=NOW + timedelta(hours=2))
    await put(database, "b")
    await put(database, "c", lane=Lane.DIGEST)
    await put(database, "d", workspace_id=ELSEWHERE)

    async with database.reading() as connection:
        report = await store.queue_report(connection, HERE, now=NOW)

    assert [(one.lane, one.state, one.count, one.oldest_at) for one in report.lanes] == [
        (Lane.DIGEST, OutboxState.QUEUED, 1, NOW),
        (Lane.PROMPT, OutboxState.QUEUED, 2, NOW),
    ]
    assert report.rate_per_min == 300
    assert report.expected_finish == NOW + timedelta(seconds=0.6)
    assert report.sent_last_minute == 0


async def test_what_waits_about_somebody_can_be_taken_back(database: Database) -> None:
    await put(database, "a")
    await put(database, "b", subject_id="dan")
    await put(database, "c", workspace_id=ELSEWHERE)

    async with database.writing() as connection:
        taken = await store.withdraw(connection, HERE, subject_id="bob", now=NOW)
        report = await store.queue_report(connection, HERE, now=NOW)
        elsewhere = await store.queue_report(connection, ELSEWHERE, now=NOW)

    assert taken == 1
    assert report.count(OutboxState.QUEUED) == 1
    assert elsewhere.count(OutboxState.QUEUED) == 1


async def test_a_dead_letter_names_its_reason_and_can_be_sent_again(database: Database) -> None:
    await put(database, "a")
    await put(database, "b", workspace_id=ELSEWHERE)
    await fail_all(database)
    later = NOW + timedelta(days=3)

    async with database.writing() as connection:
        letters = await store.dead_letters(connection, HERE)
        resent = await store.resend(connection, HERE, now=later, entry_id=letters[0].id)
        again = await store.entry(connection, HERE, letters[0].id)
        elsewhere = await store.dead_letters(connection, ELSEWHERE)

    assert [(one.dedupe_key, one.last_error) for one in letters] == [("a", "user_disabled")]
    assert resent == 1
    assert again is not None
    assert (again.state, again.attempts, again.ready_at) == (OutboxState.QUEUED, 0, later)
    assert again.expires_at == later + timedelta(days=1)
    assert len(elsewhere) == 1


async def test_another_workspace_can_neither_see_nor_resend_an_entry(database: Database) -> None:
    await put(database, "a")
    await fail_all(database)

    async with database.writing() as connection:
        mine = (await store.dead_letters(connection, HERE))[0]
        assert await store.entry(connection, ELSEWHERE, mine.id) is None
        assert await store.resend(connection, ELSEWHERE, now=NOW, entry_id=mine.id) == 0


async def test_what_ended_long_ago_is_forgotten(database: Database) -> None:
    await put(database, "a")
    await fail_all(database, at=NOW)
    await put(database, "b")

    async with database.writing() as connection:
        forgotten = await store.forget_ended(connection, before=NOW + timedelta(seconds=1))
        report = await store.queue_report(connection, HERE, now=NOW)

    assert forgotten == 1
    assert report.count(OutboxState.QUEUED) == 1
