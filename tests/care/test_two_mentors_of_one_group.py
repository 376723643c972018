"""A mentee and one of two mentors of a group are parted: asked, moved, and never together again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.care import blocks
from bot.groups import store as seated
from bot.groups import upkeep
from bot.groups.joining import keep_wishes
from bot.kernel.database import Database
from bot.kernel.ids import GroupId, MemberId, SlackUserId
from bot.matching import exclusions
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.programme import store as programmes
from bot.programme.model import Seat
from tests.care.people_of_care import MONDAY, pairing
from tests.care.test_people_are_kept_apart_at_once import OTTO, asked, todos
from tests.support.cast import ALICE, BOB, CAROL, GROUP, HERE, PROGRAMME
from tests.support.enrolment import enrol
from tests.support.seated import DANA, EVERYBODY, OTHER_GROUP, PETE, seat_everybody

FINN = replace(ALICE, id=MemberId("member_finn"), slack_user_id=SlackUserId("U0FINN"), name="Finn")
LATER = MONDAY + timedelta(days=1)


async def arrive(database: Database, second: Member = OTTO) -> None:
    """Alice and a second mentor have Bob and Dana; Finn has a group of his own, with room."""
    role = second.mentoring_role
    seats = [
        Seat(GROUP.id, ALICE.id, Role.MENTOR),
        Seat(GROUP.id, second.id, role),
        Seat(GROUP.id, BOB.id, Role.MENTEE),
        Seat(GROUP.id, DANA.id, Role.MENTEE),
        Seat(OTHER_GROUP.id, FINN.id, Role.MENTOR),
    ]
    known = {one.id: one for one in (*EVERYBODY, OTTO, FINN, second)}
    members = tuple(replace(one, conduct_accepted_at=MONDAY) for one in known.values())
    await seat_everybody(database, seats=seats, members=members)
    async with database.writing() as connection:
        pairs = [pairing(mentee, one) for mentee in (BOB, DANA) for one in (ALICE, second)]
        await seated.add_pairings(connection, HERE, pairs)
        await enrol(connection, HERE, PROGRAMME.id, list(known))


async def sits_in(database: Database, who: Member = BOB) -> GroupId | None:
    async with database.reading() as connection:
        found = await programmes.group_of(connection, HERE, PROGRAMME.id, who.id)
    return found.id if found else None


async def move(database: Database) -> None:
    await upkeep.move(database, HERE, PROGRAMME.id, mentee=BOB.id, to=None, by=CAROL.id, now=LATER)


@pytest.mark.parametrize("second", [OTTO, replace(PETE, capacity=6)], ids=["mentor", "peer"])
@pytest.mark.parametrize("mentee_blocks", [True, False])
async def test_they_are_parted_as_a_mentee_and_an_only_mentor_are(
    database: Database, second: Member, mentee_blocks: bool
) -> None:
    await arrive(database, second)
    owner, other = (BOB, second) if mentee_blocks else (second, BOB)
    async with database.writing() as connection:
        done = await blocks.block(connection, owner, other.slack_user_id, now=MONDAY)

    assert (done.share_a_group, done.somebody_parts_them) == (True, True)
    assert await asked(database) == [(CAROL.slack_user_id, f"pair_Bob_{second.name}")]
    assert await todos(database) == [("Bob", second.name)]
    await move(database)

    assert await sits_in(database) == OTHER_GROUP.id
    assert await sits_in(database, DANA) == GROUP.id
    assert await todos(database) == []


async def test_without_another_seat_the_mentee_is_never_seated_with_them_again(
    database: Database,
) -> None:
    await arrive(database)
    async with database.writing() as connection:
        await blocks.block(connection, BOB, OTTO.slack_user_id, now=MONDAY)
    await move(database)
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [replace(FINN, state=MemberState.LEFT)])

    await upkeep.reconcile(database, HERE, PROGRAMME.id, now=LATER + timedelta(days=1))

    assert await sits_in(database) == OTHER_GROUP.id
    async with database.reading() as connection:
        waiting = await seated.waitlist(connection, HERE, PROGRAMME.id)
        lasting = await seated.pairings(connection, HERE, PROGRAMME.id, mentee_id=BOB.id)
    assert [one.member_id for one in waiting] == [BOB.id]
    assert lasting == []


async def test_before_they_are_introduced_the_mentee_goes_to_another_group(
    database: Database,
) -> None:
    await arrive(database)
    async with database.writing() as connection:
        await exclusions.set_blocks(connection, HERE, BOB.id, [OTTO.id])
        wishes = await exclusions.vetoes(connection, HERE)
        since = MONDAY
        await keep_wishes(connection, HERE, GROUP.id, wishes, since=since, now=LATER)

    assert await sits_in(database) is None
    await upkeep.reconcile(database, HERE, PROGRAMME.id, now=LATER)
    assert await sits_in(database) == OTHER_GROUP.id
