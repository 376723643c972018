"""The programmes' store, on both engines, with a second workspace."""

from dataclasses import replace
from datetime import date

import pytest

from bot.kernel.database import Database
from bot.kernel.ids import GroupId, ProgrammeId
from bot.people.model import Role
from bot.programme import store
from bot.programme.model import ProgrammeState, Seat
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, GROUP, HERE, PROGRAMME
from tests.support.enrolment import enrol

SEATS = [Seat(GROUP.id, ALICE.id, Role.MENTOR), Seat(GROUP.id, BOB.id, Role.MENTEE)]


async def test_a_programme_comes_back_as_it_was_put(database: Database) -> None:
    async with database.writing() as connection:
        await store.put_programme(connection, HERE, replace(PROGRAMME, name="Old"))
        await store.put_programme(connection, HERE, PROGRAMME)

        assert await store.programme(connection, HERE, PROGRAMME.id) == PROGRAMME
        assert await store.programmes(connection, HERE) == [PROGRAMME]


async def test_only_running_programmes_run(database: Database) -> None:
    draft = replace(PROGRAMME, id=ProgrammeId("programme_draft"), state=ProgrammeState.DRAFT)
    async with database.writing() as connection:
        await store.put_programme(connection, HERE, PROGRAMME)
        await store.put_programme(connection, HERE, draft)

        assert await store.running_programmes(connection, HERE) == [PROGRAMME]
        assert await store.programmes(connection, HERE, state=ProgrammeState.DRAFT) == [draft]


async def test_a_member_is_in_a_programme_by_seat_or_by_enrolment(database: Database) -> None:
    async with database.writing() as connection:
        await store.put_programme(connection, HERE, PROGRAMME)
        await store.put_groups(connection, HERE, PROGRAMME.id, [GROUP], SEATS[1:])
        await enrol(connection, HERE, PROGRAMME.id, [ALICE.id])
        await enrol(connection, HERE, PROGRAMME.id, [ALICE.id])

        assert await store.programme_of(connection, HERE, ALICE.id) == PROGRAMME
        assert await store.programme_of(connection, HERE, BOB.id) == PROGRAMME
        assert await store.programme_of(connection, HERE, CAROL.id) is None
        assert await store.enrolled(connection, HERE, PROGRAMME.id) == {ALICE.id}


async def test_a_closed_or_drafted_programme_is_nobodys(database: Database) -> None:
    async with database.writing() as connection:
        for state in (ProgrammeState.DRAFT, ProgrammeState.CLOSED):
            await store.put_programme(connection, HERE, replace(PROGRAMME, state=state))
            await enrol(connection, HERE, PROGRAMME.id, [ALICE.id])

            assert await store.programme_of(connection, HERE, ALICE.id) is None


async def test_with_two_programmes_the_later_start_counts(database: Database) -> None:
    later = replace(PROGRAMME, id=ProgrammeId("programme_z"), starts_on=date(2026, 9, 14))
    async with database.writing() as connection:
        for one in (later, PROGRAMME):
            await store.put_programme(connection, HERE, one)
            await enrol(connection, HERE, one.id, [BOB.id])

        assert await store.programme_of(connection, HERE, BOB.id) == later


async def test_groups_and_seats_come_back_as_they_were_put(database: Database) -> None:
    second = replace(GROUP, id=GroupId("group_two"), name="a second group")
    async with database.writing() as connection:
        await store.put_programme(connection, HERE, PROGRAMME)
        await store.put_groups(connection, HERE, PROGRAMME.id, [GROUP, second], SEATS)

        assert await store.groups(connection, HERE, PROGRAMME.id) == [second, GROUP]
        assert await store.group(connection, HERE, GROUP.id) == GROUP
        assert await store.group_of(connection, HERE, PROGRAMME.id, BOB.id) == GROUP
        assert await store.group_of(connection, HERE, PROGRAMME.id, CAROL.id) is None
        assert await store.seats(connection, HERE, PROGRAMME.id) == SEATS
        assert await store.seats(connection, HERE, PROGRAMME.id, group_id=second.id) == []
        assert await store.seats(connection, HERE, PROGRAMME.id, role=Role.MENTOR) == SEATS[:1]


async def test_putting_a_group_again_keeps_its_channel(database: Database) -> None:
    async with database.writing() as connection:
        await store.put_programme(connection, HERE, PROGRAMME)
        await store.put_groups(connection, HERE, PROGRAMME.id, [GROUP], SEATS)
        await store.set_group_channel(connection, HERE, GROUP.id, slack_channel="C0GROUP1")

        await store.put_groups(
            connection,
            HERE,
            PROGRAMME.id,
            [replace(GROUP, name="Renamed")],
            [Seat(GROUP.id, BOB.id, Role.PEER_MENTOR)],
        )

        assert await store.group(connection, HERE, GROUP.id) == replace(
            GROUP, name="Renamed", slack_channel="C0GROUP1"
        )
        assert await store.seats(connection, HERE, PROGRAMME.id) == [
            SEATS[0],
            Seat(GROUP.id, BOB.id, Role.PEER_MENTOR),
        ]


async def test_a_seat_without_its_group_is_refused(database: Database) -> None:
    async with database.writing() as connection:
        await store.put_programme(connection, HERE, PROGRAMME)

        with pytest.raises(ValueError, match="its group"):
            await store.put_groups(connection, HERE, PROGRAMME.id, [], SEATS)
        with pytest.raises(ValueError, match="own programme"):
            stray = replace(GROUP, programme_id=ProgrammeId("programme_other"))
            await store.put_groups(connection, HERE, PROGRAMME.id, [stray], [])


async def test_another_workspace_sees_and_changes_nothing(database: Database) -> None:
    there = replace(PROGRAMME, workspace_id=ELSEWHERE, name="Theirs")
    async with database.writing() as connection:
        await store.put_programme(connection, HERE, PROGRAMME)
        await store.put_groups(connection, HERE, PROGRAMME.id, [GROUP], SEATS)
        await enrol(connection, HERE, PROGRAMME.id, [ALICE.id])

        assert await store.programme(connection, ELSEWHERE, PROGRAMME.id) is None
        assert await store.programme_of(connection, ELSEWHERE, ALICE.id) is None
        assert await store.group(connection, ELSEWHERE, GROUP.id) is None
        assert await store.groups(connection, ELSEWHERE, PROGRAMME.id) == []
        assert await store.seats(connection, ELSEWHERE, PROGRAMME.id) == []
        assert await store.enrolled(connection, ELSEWHERE, PROGRAMME.id) == set()

        await store.put_programme(connection, ELSEWHERE, there)
        await store.set_group_channel(connection, ELSEWHERE, GROUP.id, slack_channel="C0WRONG")
        await store.remove_member(connection, ELSEWHERE, BOB.id)
        with pytest.raises(ValueError, match="own workspace"):
            await store.put_programme(connection, ELSEWHERE, PROGRAMME)

        assert await store.programmes(connection, HERE) == [PROGRAMME]
        assert await store.group(connection, HERE, GROUP.id) == GROUP
        assert await store.seats(connection, HERE, PROGRAMME.id) == SEATS


async def test_a_removed_member_leaves_every_group_and_programme(database: Database) -> None:
    async with database.writing() as connection:
        await store.put_programme(connection, HERE, PROGRAMME)
        await store.put_groups(connection, HERE, PROGRAMME.id, [GROUP], SEATS)
        await enrol(connection, HERE, PROGRAMME.id, [ALICE.id, BOB.id])

        await store.remove_member(connection, HERE, BOB.id)

        assert await store.seats(connection, HERE, PROGRAMME.id) == SEATS[:1]
        assert await store.enrolled(connection, HERE, PROGRAMME.id) == {ALICE.id}
