"""A coordinator gives mentees other seats: wherever there is one, or in a certain group."""

from dataclasses import replace

import pytest

from bot.groups import upkeep
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId
from bot.matching import exclusions as barriers
from bot.matching.model import Method
from tests.support.cast import ALICE, BOB, CAROL, MALLORY
from tests.support.cohort import BOB_HERE, DRAFT, HERE, MIA, change, mentee
from tests.support.groups_under_way import (
    LATER,
    group_of,
    lasting,
    reconcile,
    running,
    waiting,
)


async def test_a_coordinator_moves_a_mentee_out_of_a_conflict(database: Database) -> None:
    await running(database)
    await change(database, replace(MIA, capacity=4))

    with pytest.raises(UserFacing, match="Only coordinators"):
        await move_bob(database, by=ALICE.id)
    with pytest.raises(UserFacing, match="Only coordinators"):
        await move_bob(database, by=MALLORY.id)
    found = await move_bob(database)

    assert found is not None
    assert (await lasting(database))[BOB.id].mentor_id == MIA.id


async def move_bob(
    database: Database, *, to: GroupId | None = None, by: MemberId = CAROL.id
) -> upkeep.Move | None:
    return await upkeep.move(database, HERE, DRAFT.id, mentee=BOB.id, to=to, by=by, now=LATER)


async def test_a_mentee_moves_into_the_group_that_a_coordinator_chose(database: Database) -> None:
    await running(database)
    mias = next(p.group_id for p in (await lasting(database)).values() if p.mentor_id == MIA.id)
    await change(database, replace(MIA, capacity=4))

    found = await move_bob(database, to=mias)

    assert found is not None
    assert (found.new, await group_of(database, BOB.id)) == (mias, mias)
    assert (await lasting(database))[BOB.id].method is Method.REMATCH
    async with database.reading() as connection:
        assert await barriers.forbids(connection, HERE, DRAFT.id) == []
    with pytest.raises(UserFacing, match="in that group already"):
        await move_bob(database, to=mias)


async def test_it_is_said_why_there_is_no_seat_in_the_chosen_group(database: Database) -> None:
    await running(database)
    mias = next(p.group_id for p in (await lasting(database)).values() if p.mentor_id == MIA.id)
    inside = [p for p in (await lasting(database)).values() if p.group_id == mias]
    await change(database, replace(MIA, capacity=len(inside)))

    with pytest.raises(UserFacing, match=f"Mia can take {len(inside)} mentees"):
        await move_bob(database, to=mias)
    await change(database, replace(MIA, capacity=4))
    await change(database, replace(BOB, conduct_accepted_at=None))
    with pytest.raises(UserFacing, match="Bob has not accepted"):
        await move_bob(database, to=mias)
    await change(database, replace(BOB_HERE, avoid=(MIA.slack_user_id,)))
    with pytest.raises(UserFacing, match="cannot have a seat in that group at present"):
        await move_bob(database, to=mias)

    assert (await lasting(database))[BOB.id].mentor_id == ALICE.id


async def test_who_has_no_group_is_moved_into_one(database: Database) -> None:
    await running(database)
    await change(database, replace(MIA, capacity=4))
    mias = next(p.group_id for p in (await lasting(database)).values() if p.mentor_id == MIA.id)
    lena = mentee("Lena", conduct_accepted_at=None)
    await change(database, lena)
    await reconcile(database)
    assert await waiting(database) == [lena.id]
    await change(database, replace(lena, conduct_accepted_at=LATER))

    found = await upkeep.move(
        database, HERE, DRAFT.id, mentee=lena.id, to=mias, by=CAROL.id, now=LATER
    )

    assert found == upkeep.Move(mentee_id=lena.id, new=mias, old=None)
    assert await waiting(database) == []
