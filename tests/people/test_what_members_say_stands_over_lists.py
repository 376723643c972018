"""A later list does not wipe what a member said themselves, unless it says so with a dash."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.kernel.database import Database
from bot.people import roster_import, roster_store, store
from bot.people.model import Member
from bot.people.use_cases import say_of_oneself
from tests.support.cast import ALICE, BOB, HERE
from tests.support.rosters import import_roster

NOW = datetime(2026, 9, 2, 8, tzinfo=UTC)
HEAD = "slack_id,name,role,capacity,interests,prefers"
FIRST = "U0ALICE,Alice,mentor,4,research;ethics,U0BOB"
LATER = "U0ALICE,Alice,mentor,2,surgery,"
CLEARING = "U0ALICE,Alice,mentor,-,-,-"


def of(*lines: str) -> str:
    return "\n".join([HEAD, *lines])


async def imported(database: Database, *lines: str) -> tuple[str, ...]:
    done = await import_roster(database, HERE, of(*lines, "U0BOB,Bob,mentee,,,"), now=NOW)
    assert done.problems == ()
    return done.warnings


async def alice(database: Database) -> Member:
    async with database.reading() as connection:
        found = await store.member_by_slack_id(connection, HERE, ALICE.slack_user_id)
    assert found
    return found


async def says(database: Database, **changes: Any) -> None:
    before = await alice(database)
    async with database.writing() as connection:
        await say_of_oneself(connection, before, replace(before, **changes))


async def test_what_a_member_said_stays_when_a_later_list_says_otherwise(
    database: Database,
) -> None:
    await imported(database, FIRST)
    await says(database, interests=("poetry",), capacity=1, prefers=())

    warnings = await imported(database, LATER)

    found = await alice(database)
    assert (found.interests, found.capacity, found.prefers) == (("poetry",), 1, ())
    assert sorted(one.partition(":")[0] for one in warnings) == [
        "Line 2, capacity",
        "Line 2, interests",
    ]
    assert all("changed this in Cairn, and that stays" in one for one in warnings)
    assert not await imported(database, LATER)


async def test_what_a_list_leaves_out_stays_too(database: Database) -> None:
    await imported(database, FIRST)
    await says(database, interests=("poetry",), capacity=0)

    assert not await imported(database, "U0ALICE,Alice,mentor,,,")

    found = await alice(database)
    assert (found.interests, found.capacity) == (("poetry",), 0)


async def test_what_a_member_did_not_change_follows_lists(database: Database) -> None:
    await imported(database, FIRST)
    await says(database, interests=("research", "ethics"), capacity=1)

    await imported(database, LATER)

    found = await alice(database)
    assert (found.interests, found.capacity) == (("surgery",), 1)


async def test_a_dash_clears_and_then_lists_count_again(database: Database) -> None:
    await imported(database, FIRST)
    await says(database, interests=("poetry",), capacity=1, prefers=(BOB.slack_user_id,))

    await imported(database, CLEARING)
    cleared = await alice(database)
    await imported(database, LATER)
    later = await alice(database)

    assert (cleared.interests, cleared.capacity, cleared.prefers) == ((), 6, ())
    assert (later.interests, later.capacity) == (("surgery",), 2)


async def test_a_dash_that_a_list_repeats_does_not_wipe_what_was_said_since(
    database: Database,
) -> None:
    await imported(database, CLEARING)
    await says(database, interests=("poetry",))

    await imported(database, CLEARING)

    assert (await alice(database)).interests == ("poetry",)


async def test_an_import_that_cleared_is_taken_back_with_the_members_word(
    database: Database,
) -> None:
    await imported(database, FIRST)
    await says(database, interests=("poetry",))
    await imported(database, CLEARING)

    async with database.writing() as connection:
        last = await roster_store.last_import(connection, HERE, now=NOW)
        assert last
        await roster_import.take_back(connection, HERE, last.id, now=NOW)
    await imported(database, LATER)

    assert (await alice(database)).interests == ("poetry",)
