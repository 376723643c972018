"""A coordinator gives a whole group that lost its mentor to somebody who mentors another one."""

from dataclasses import replace

import pytest

from bot.groups import store as seated
from bot.groups import upkeep
from bot.groups.arrangement import MentorWish
from bot.groups.joining import stands_between
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId
from bot.matching import exclusions as barriers
from bot.matching.model import Bar, Conflict
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.programme import store as programmes
from tests.support.cast import ALICE, BOB, CAROL, MALLORY
from tests.support.cohort import ALICE_HERE, DRAFT, HERE, MIA, change, mentee, mentor
from tests.support.groups_under_way import (
    LATER,
    group_of,
    join,
    lasting,
    reconcile,
    running,
    told,
    waiting,
)

GONE = replace(ALICE_HERE, state=MemberState.LEFT)


async def alices_group_waits(
    database: Database, *, begins: bool = True
) -> tuple[GroupId, list[str], int]:
    """Alice has left and Mia has no seat to give: the group, its mentees, and how many Mia has."""
    if begins:
        await running(database)
    before = await lasting(database)
    theirs = [one for one, pairing in before.items() if pairing.mentor_id == ALICE.id]
    group = before[theirs[0]].group_id
    mias = len(before) - len(theirs)
    await change(database, replace(MIA, capacity=mias))
    await change(database, GONE)
    await reconcile(database)
    assert sorted(await waiting(database)) == sorted(theirs)
    return group, theirs, mias


async def give(
    database: Database,
    group: GroupId,
    *,
    to: Member = MIA,
    agreed: bool = True,
    by: MemberId = CAROL.id,
) -> None:
    wish = MentorWish(to.id, group, agreed=agreed)
    await upkeep.give_group(database, HERE, DRAFT.id, wish=wish, by=by, now=LATER)


async def test_a_whole_group_gets_somebody_who_mentors_another(database: Database) -> None:
    group, theirs, mias = await alices_group_waits(database)

    await give(database, group)

    after = await lasting(database)
    assert {after[one].group_id for one in theirs} == {group}
    assert {one.mentor_id for one in after.values()} == {MIA.id}
    assert len({one.group_id for one in after.values()}) == 2
    assert await waiting(database) == []
    async with database.reading() as connection:
        mia = await people.member(connection, HERE, MIA.id)
    assert mia is not None
    assert mia.capacity == mias + len(theirs)
    kinds = [kind for kind, recipient in await told(database)]
    assert kinds.count("mentor_found") == len(theirs)
    assert ("group_introduction", f"group:{group}") in await told(database)
    assert (await reconcile(database)).moves == ()


async def test_more_than_a_mentor_can_take_needs_their_consent(database: Database) -> None:
    group, theirs, mias = await alices_group_waits(database)

    with pytest.raises(UserFacing, match=f"it would be {mias + len(theirs)}"):
        await give(database, group, agreed=False)

    assert sorted(await waiting(database)) == sorted(theirs)
    async with database.reading() as connection:
        mia = await people.member(connection, HERE, MIA.id)
    assert mia is not None
    assert mia.capacity == mias


async def test_what_is_on_record_against_one_of_them_keeps_the_group(database: Database) -> None:
    group, theirs, _ = await alices_group_waits(database)
    async with database.writing() as connection:
        clash = Conflict(senior_id=MIA.id, junior_id=MemberId(theirs[0]), bar=Bar.EVALUATES)
        await barriers.put_conflict(connection, HERE, clash)

    with pytest.raises(UserFacing, match="cannot mentor that group at present"):
        await give(database, group)

    assert sorted(await waiting(database)) == sorted(theirs)


async def test_a_wish_in_confidence_shows_nobody_who_has_it(database: Database) -> None:
    """It acts for its owner alone, in the day before the group is introduced."""
    group, theirs, _ = await alices_group_waits(database)
    async with database.writing() as connection:
        await barriers.set_vetoes(connection, HERE, MemberId(theirs[-1]), [MIA.id])

    await give(database, group)

    assert {one.mentor_id for one in (await lasting(database)).values()} == {MIA.id}
    async with database.reading() as connection:
        its = next(
            one for one in await programmes.groups(connection, HERE, DRAFT.id) if one.id == group
        )
        assert await stands_between(connection, its, MemberId(theirs[-1]))
        assert not await stands_between(connection, its, MemberId(theirs[0]))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"state": MemberState.LEFT}, "not a mentor of this programme"),
        ({"roles": frozenset({Role.MENTEE})}, "not a mentor of this programme"),
        ({"conduct_accepted_at": None}, "has not accepted the code"),
        ({"state": MemberState.PAUSED}, "is on a break"),
    ],
    ids=["left", "a mentee", "no conduct", "away"],
)
async def test_who_cannot_mentor_now_gets_no_group(
    database: Database, changes: dict[str, object], says: str
) -> None:
    group, theirs, _ = await alices_group_waits(database)
    nia = replace(mentor("Nia", 0), **changes)  # type: ignore[arg-type]
    await join(database, nia)

    with pytest.raises(UserFacing, match=says):
        await give(database, group, to=nia)

    assert sorted(await waiting(database)) == sorted(theirs)


async def test_only_a_coordinator_gives_only_a_group_without_a_mentor(database: Database) -> None:
    group, _, _ = await alices_group_waits(database)
    mias = await group_of(
        database,
        next(m for m, p in (await lasting(database)).items() if p.mentor_id == MIA.id),
    )

    for by in (ALICE.id, BOB.id, MALLORY.id):
        with pytest.raises(UserFacing, match="Only coordinators"):
            await give(database, group, by=by)
    with pytest.raises(UserFacing, match="has a mentor by now"):
        await give(database, mias)
    with pytest.raises(UserFacing, match="Nobody is in that group"):
        await give(database, GroupId("group_none"))


async def test_nobody_mentors_the_group_in_which_they_are_a_mentee(database: Database) -> None:
    group, theirs, _ = await alices_group_waits(database)
    async with database.reading() as connection:
        one = await people.member(connection, HERE, MemberId(theirs[0]))
    assert one is not None
    both = replace(one, roles=one.roles | {Role.PEER_MENTOR}, capacity=9)
    await change(database, both)
    group = await group_of(database, both.id)

    with pytest.raises(UserFacing, match="is a mentee in that group"):
        await give(database, group, to=both)

    assert both.id not in {
        p.mentor_id for p in (await lasting(database)).values() if p.group_id == group
    }


async def test_a_mentor_of_two_groups_gets_no_more_than_they_can_take(database: Database) -> None:
    group, theirs, mias = await alices_group_waits(database)
    await give(database, group)
    newcomers = [mentee("Hal"), mentee("Ida")]
    for one in newcomers:
        await join(database, one)
    await reconcile(database)
    assert sorted(await waiting(database)) == sorted(one.id for one in newcomers)

    async with database.reading() as connection:
        mia = await people.member(connection, HERE, MIA.id)
    assert mia is not None
    await change(database, replace(mia, capacity=mia.capacity + 1))
    await reconcile(database)

    assert len(await lasting(database)) == len(theirs) + mias + 1
    assert len(await waiting(database)) == 1
    async with database.reading() as connection:
        seats = await programmes.seats(connection, HERE, DRAFT.id, role=Role.MENTEE)
        pairings = await seated.pairings(connection, HERE, DRAFT.id)
    assert len(seats) == len(pairings) == len(theirs) + mias + 1
    sizes = [sum(one.group_id == id_ for one in seats) for id_ in {one.group_id for one in seats}]
    assert max(sizes) - min(sizes) <= 1, "who comes is given to the smaller group"
