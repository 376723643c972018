"""An event is kept once, done by one replica, and never left lying."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.inbox import store
from bot.inbox.store import Received
from bot.inbox.tables import inbox
from bot.kernel import leases
from bot.kernel.database import Database, open_database
from bot.kernel.ids import WorkspaceId
from tests.conftest import ELSEWHERE, HERE

NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GONE = Received(
    workspace_id=HERE,
    event_id="Ev1",
    kind="user_change",
    subject_id="U0BOB",
    happened_at=NOW,
    facts={"is_deactivated": True},
)
BACK = replace(GONE, event_id="Ev2", happened_at=NOW + SECOND, facts={"is_deactivated": False})


async def keep(database: Database, *events: Received, at: datetime = NOW) -> list[bool]:
    async with database.writing() as connection:
        return [await store.keep(connection, event, now=at) for event in events]


async def claim(database: Database, at: datetime = NOW) -> list[Received]:
    async with database.writing() as connection:
        return await store.claim(connection, now=at, limit=10)


async def finish(database: Database, event: Received, at: datetime = NOW) -> None:
    async with database.writing() as connection:
        await store.finish(connection, event, now=at)


async def rows(database: Database) -> list[sa.Row[tuple[object, ...]]]:
    async with database.reading() as connection:
        return list(await connection.execute(sa.select(inbox)))


async def test_an_event_that_comes_again_is_kept_once_and_done_once(database: Database) -> None:
    assert await keep(database, GONE, GONE) == [True, False]

    (claimed,) = await claim(database)
    await finish(database, claimed)

    assert await keep(database, GONE, at=NOW + timedelta(hours=1)) == [False]
    assert await claim(database, NOW + timedelta(hours=1)) == []


async def test_what_is_claimed_is_what_was_kept(database: Database) -> None:
    await keep(database, GONE)

    assert await claim(database) == [replace(GONE, attempts=1)]


async def test_another_workspace_may_use_the_same_ids(database: Database) -> None:
    there = replace(GONE, workspace_id=ELSEWHERE)

    assert await keep(database, GONE, there) == [True, True]

    claimed = await claim(database)
    assert {event.workspace_id for event in claimed} == {HERE, ELSEWHERE}
    async with database.writing() as connection:
        await store.erase(connection, ELSEWHERE, ["U0BOB"])
    assert [row.workspace_id for row in await rows(database)] == [HERE]


async def test_what_a_dead_process_began_is_done_by_another_when_its_lease_ends(
    database: Database,
) -> None:
    await keep(database, GONE)
    await claim(database)

    too_early = await claim(database, NOW + leases.INBOX - SECOND)
    again = await claim(database, NOW + leases.INBOX)

    assert (len(too_early), [event.attempts for event in again]) == (0, [2])


async def test_replicas_that_claim_at_once_never_get_the_same_event(
    database: Database, database_address: str
) -> None:
    many = [replace(GONE, event_id=f"Ev{n}", subject_id=f"U{n}") for n in range(40)]
    await keep(database, *many)
    others = [open_database(database_address) for _ in range(3)]

    async def drain(one: Database) -> list[str]:
        mine: list[str] = []
        for _ in range(8):
            mine += [event.event_id for event in await claim(one)]
        return mine

    shares = await asyncio.gather(*(drain(one) for one in (database, *others)))
    for one in others:
        await one.close()

    taken = [event_id for share in shares for event_id in share]
    assert sorted(taken) == sorted(event.event_id for event in many)


async def test_of_two_events_about_one_person_only_the_later_is_done(database: Database) -> None:
    await keep(database, BACK, GONE)

    assert [event.event_id for event in await claim(database)] == ["Ev2"]
    assert await claim(database, NOW + leases.INBOX * 2) != [], "the later one alone is retried"


async def test_an_old_event_that_slack_repeats_late_undoes_nothing(database: Database) -> None:
    await keep(database, BACK)
    (claimed,) = await claim(database)
    await finish(database, claimed)

    await keep(database, GONE, at=NOW + timedelta(minutes=5))

    assert await claim(database, NOW + timedelta(minutes=5)) == []


async def test_the_next_event_about_a_person_waits_until_the_one_at_work_is_done(
    database: Database,
) -> None:
    await keep(database, GONE)
    (first,) = await claim(database)

    await keep(database, BACK, at=NOW + SECOND)
    meanwhile = await claim(database, NOW + SECOND)
    await finish(database, first, NOW + SECOND)
    afterwards = await claim(database, NOW + SECOND)

    assert (meanwhile, [event.event_id for event in afterwards]) == ([], ["Ev2"])


async def failed_for_good(
    connection: AsyncConnection, workspace_id: WorkspaceId
) -> list[tuple[str, str]]:
    """The kind and the reason of each event that failed for good, the latest first."""
    rows = await connection.execute(
        sa.select(inbox.c.kind, inbox.c.last_error)
        .where(
            inbox.c.workspace_id == workspace_id,
            inbox.c.done_at.is_not(None),
            inbox.c.last_error.is_not(None),
        )
        .order_by(inbox.c.done_at.desc())
    )
    return [(row.kind, row.last_error) for row in rows]


async def test_what_fails_is_tried_again_and_given_up_with_its_reason(database: Database) -> None:
    await keep(database, GONE)
    at, given_up = NOW, [False]

    while not given_up[-1]:
        (event,) = await claim(database, at)
        async with database.writing() as connection:
            given_up.append(await store.put_off(connection, event, reason="KeyError", now=at))
        at += timedelta(hours=1)

    async with database.reading() as connection:
        assert await failed_for_good(connection, HERE) == [("user_change", "KeyError")]
        assert await failed_for_good(connection, ELSEWHERE) == []
    assert event.attempts == store.MOST_ATTEMPTS
    assert await claim(database, at) == []


async def test_what_is_done_keeps_its_id_for_a_while_and_nothing_it_told(
    database: Database,
) -> None:
    await keep(database, GONE)
    (claimed,) = await claim(database)
    await finish(database, claimed)

    (row,) = await rows(database)
    assert (row.event_id, row.facts) == ("Ev1", {})
    async with database.writing() as connection:
        assert await store.forget_done(connection, before=NOW) == 0
        assert await store.forget_done(connection, before=NOW + SECOND) == 1
    assert await rows(database) == []


async def test_what_is_not_done_is_never_forgotten(database: Database) -> None:
    await keep(database, GONE)

    async with database.writing() as connection:
        assert await store.forget_done(connection, before=NOW + timedelta(days=900)) == 0
