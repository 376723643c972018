"""The members' store, on both engines, with a second workspace."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from bot.kernel.database import Database
from bot.kernel.ids import MemberId, SlackUserId
from bot.people import store
from bot.people.model import MemberState, Role
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, HERE, MALLORY, elsewhere


async def test_a_member_comes_back_as_they_were_put(database: Database) -> None:
    bob = replace(
        BOB,
        name="Bób O'Neill <b&b>",
        languages=("de", "en"),
        avoid=("x@example.org",),
        supervised_by=("U0ALICE",),
        state=MemberState.PAUSED,
        paused_until=datetime(2026, 10, 1, tzinfo=UTC),
        conduct_accepted_at=datetime(2026, 9, 1, 12, 30, tzinfo=UTC),
    )

    async with database.writing() as connection:
        await store.put_members(connection, HERE, [bob])

    async with database.reading() as connection:
        assert await store.member(connection, HERE, bob.id) == bob
        assert await store.member_by_slack_id(connection, HERE, bob.slack_user_id) == bob


async def test_putting_a_member_again_replaces_them(database: Database) -> None:
    async with database.writing() as connection:
        await store.put_members(connection, HERE, [ALICE, BOB])
        await store.put_members(connection, HERE, [replace(BOB, stage="does")])

        assert await store.members(connection, HERE) == [ALICE, replace(BOB, stage="does")]


async def test_members_are_filtered_by_role_id_and_state(database: Database) -> None:
    bob = replace(BOB, state=MemberState.LEFT)
    async with database.writing() as connection:
        await store.put_members(connection, HERE, [CAROL, bob, ALICE])

    async with database.reading() as connection:
        everybody = await store.members(connection, HERE)
        mentors = await store.members(connection, HERE, roles=[Role.MENTOR])
        gone = await store.members(connection, HERE, states=[MemberState.LEFT])
        named = await store.members(connection, HERE, ids=[CAROL.id, MemberId("member_nobody")])
        none = await store.members(connection, HERE, ids=[])

    assert everybody == [ALICE, bob, CAROL]
    assert (mentors, gone, named, none) == ([ALICE], [bob], [CAROL], [])


async def test_thousands_of_ids_can_be_asked_for_at_once(database: Database) -> None:
    async with database.writing() as connection:
        await store.put_members(connection, HERE, [ALICE, BOB])

        many = [ALICE.id, *(MemberId(f"member_{number}") for number in range(70_000))]

        assert await store.members(connection, HERE, ids=many) == [ALICE]


async def test_another_workspace_sees_and_changes_nothing(database: Database) -> None:
    async with database.writing() as connection:
        await store.put_members(connection, HERE, [ALICE, BOB])
        await store.put_members(connection, ELSEWHERE, [MALLORY, elsewhere(BOB)])

        removed = await store.remove_member(connection, ELSEWHERE, ALICE.id)

        assert not removed
        assert await store.member(connection, ELSEWHERE, ALICE.id) is None
        assert await store.member_by_slack_id(connection, ELSEWHERE, SlackUserId("U0ALICE")) is None
        assert await store.members(connection, HERE) == [ALICE, BOB]
        assert await store.members(connection, ELSEWHERE) == [elsewhere(BOB), MALLORY]
        with pytest.raises(ValueError, match="own workspace"):
            await store.put_members(connection, ELSEWHERE, [ALICE])


async def test_one_slack_id_is_one_member(database: Database) -> None:
    async with database.writing() as connection:
        await store.put_members(connection, HERE, [BOB])

    with pytest.raises(IntegrityError):
        async with database.writing() as connection:
            await store.put_members(connection, HERE, [replace(BOB, id=MemberId("member_2"))])


async def test_a_removed_member_is_gone(database: Database) -> None:
    async with database.writing() as connection:
        await store.put_members(connection, HERE, [BOB])
        await store.put_members(connection, ELSEWHERE, [elsewhere(BOB)])

        assert await store.remove_member(connection, HERE, BOB.id)

        assert await store.members(connection, HERE) == []
        assert await store.members(connection, ELSEWHERE) == [elsewhere(BOB)]
