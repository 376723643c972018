from datetime import UTC, datetime, timedelta

import pytest

from bot.errands import store
from bot.errands.store import LONGEST_WAIT, Done, Errand, Impossible, Later, Want, wait_after
from bot.kernel.database import Database
from bot.kernel.leases import ERRANDS as LEASE
from tests.support.cast import ELSEWHERE, HERE

NOON = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)
CHANNEL, BOB = "G0GROUP", "U0BOB"


async def ask(database: Database, want: Want = Want.OUT, *, at_once: bool = False) -> Errand:
    async with database.writing() as connection:
        await store.ask(connection, ELSEWHERE, Want.IN, place=CHANNEL, person="U0MALLORY", now=NOON)
        return await store.ask(
            connection, HERE, want, place=CHANNEL, person=BOB, now=NOON, at_once=at_once
        )


async def claim(database: Database, at: datetime = NOON) -> list[Errand]:
    async with database.writing() as connection:
        claimed = await store.claim(connection, now=at, limit=9)
    return [one for one in claimed if one.workspace_id == HERE]


async def end(
    database: Database, errand: Errand, outcome: Done | Later | Impossible, at: datetime = NOON
) -> None:
    async with database.writing() as connection:
        await store.end(connection, errand, outcome, now=at)


async def owed(database: Database) -> list[Errand]:
    async with database.reading() as connection:
        return await store.owed(connection, HERE)


async def test_what_is_done_is_not_done_again(database: Database) -> None:
    asked = await ask(database)

    assert await claim(database) == [asked]
    await end(database, asked, Done())

    assert await claim(database, NOON + timedelta(days=9)) == []


async def test_an_errand_is_claimed_by_one_alone_and_again_after_a_crash(
    database: Database,
) -> None:
    asked = await ask(database)
    assert await claim(database) == [asked]

    assert await claim(database, NOON + LEASE - timedelta(seconds=1)) == []
    assert await claim(database, NOON + LEASE) == [asked]


async def test_whoever_makes_the_first_attempt_is_not_overtaken(database: Database) -> None:
    asked = await ask(database, at_once=True)

    assert await claim(database) == []
    assert await claim(database, NOON + LEASE) == [asked]


async def test_what_failed_is_tried_again_later_and_later_and_for_ever(database: Database) -> None:
    await ask(database)
    at = NOON
    waits = []
    for _ in range(15):
        [errand] = await claim(database, at)
        await end(database, errand, Later("ratelimited"), at)
        waits.append(wait_after(errand.attempts + 1))
        assert await claim(database, at + waits[-1] - timedelta(seconds=1)) == []
        at += waits[-1]

    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
    assert [(one.attempts, one.last_error) for one in await owed(database)] == [(15, "ratelimited")]


async def test_what_is_impossible_is_shown_and_not_tried_until_somebody_says_so(
    database: Database,
) -> None:
    asked = await ask(database)
    await claim(database)
    await end(database, asked, Impossible("is_archived"))
    assert await claim(database, NOON + timedelta(days=30)) == []
    assert [one.last_error for one in await owed(database)] == ["is_archived"]

    async with database.writing() as connection:
        assert await store.try_again(connection, ELSEWHERE) == 0
        assert await store.try_again(connection, HERE) == 1

    assert len(await claim(database)) == 1


async def test_the_later_wish_about_somebody_in_a_channel_is_the_one_that_counts(
    database: Database,
) -> None:
    out = await ask(database, Want.OUT)
    await claim(database)

    back = await ask(database, Want.IN)
    await end(database, out, Done())

    assert await claim(database) == []
    assert await claim(database, NOON + LEASE) == [back]


@pytest.mark.parametrize("want", [Want.IN, Want.OUT])
async def test_the_next_attempt_is_known(database: Database, want: Want) -> None:
    async with database.writing() as connection:
        assert await store.next_at(connection) is None
        await store.ask(connection, HERE, want, place=CHANNEL, person=BOB, now=NOON)
        assert await store.next_at(connection) == NOON
        await store.claim(connection, now=NOON, limit=1)

        assert await store.next_at(connection) == NOON + LEASE


async def test_who_is_forgotten_is_invited_no_more_but_still_taken_out(database: Database) -> None:
    out = await ask(database, Want.OUT)
    async with database.writing() as connection:
        for workspace, person in ((HERE, BOB), (HERE, "U0ALICE"), (ELSEWHERE, BOB)):
            await store.ask(
                connection, workspace, Want.IN, place="G0OTHER", person=person, now=NOON
            )

        await store.forget_invitations(connection, HERE, BOB)
        claimed = await store.claim(connection, now=NOON, limit=9)

    left = {(one.workspace_id, one.person, one.want) for one in claimed} - {
        (ELSEWHERE, "U0MALLORY", Want.IN)
    }
    assert left == {
        (HERE, BOB, out.want),
        (HERE, "U0ALICE", Want.IN),
        (ELSEWHERE, BOB, Want.IN),
    }


GROUPS = ("group:1", "group:2", "group:3")


async def ask_to_open(database: Database) -> None:
    async with database.writing() as connection:
        for workspace in (HERE, ELSEWHERE):
            await store.ask_for_all(connection, workspace, Want.OPENED, places=GROUPS, now=NOON)


async def test_many_are_asked_for_at_once(database: Database) -> None:
    await ask_to_open(database)

    claimed = await claim(database)

    assert sorted(one.place for one in claimed) == sorted(GROUPS)
    assert {one.want for one in claimed} == {Want.OPENED}


async def test_what_nobody_has_begun_can_be_taken_back(database: Database) -> None:
    await ask_to_open(database)
    async with database.writing() as connection:
        assert await store.take_back(connection, HERE, GROUPS)
        assert await store.about(connection, HERE, GROUPS) == {}
        assert (await store.about(connection, ELSEWHERE, GROUPS)).keys() == set(GROUPS)


async def test_what_is_under_way_or_was_tried_is_not_taken_back(database: Database) -> None:
    await ask_to_open(database)
    async with database.writing() as connection:
        [first, *_] = await store.claim(connection, now=NOON, limit=1)
        assert not await store.take_back(connection, first.workspace_id, GROUPS)
        left = await store.about(connection, first.workspace_id, GROUPS)
    assert left.keys() == {first.place}

    await end(database, first, Later("ratelimited"))

    async with database.writing() as connection:
        assert not await store.take_back(connection, first.workspace_id, GROUPS)


async def test_all_of_a_kind_wait_as_long_as_slack_asks_for(database: Database) -> None:
    await ask(database, Want.OUT)
    await ask_to_open(database)
    claimed = [one for one in await claim(database) if one.want is Want.OPENED]
    wait = timedelta(minutes=10)
    await end(database, claimed[0], Later("rate_limited", wait))
    async with database.writing() as connection:
        await store.put_off(
            connection,
            HERE,
            Want.OPENED,
            until=NOON + wait,
            given_back=[one.id for one in claimed],
        )

    soon = await claim(database, NOON + wait - timedelta(seconds=1))
    assert [one.want for one in soon] == [Want.OUT]
    assert sorted(one.place for one in await claim(database, NOON + wait)) == sorted(GROUPS)
