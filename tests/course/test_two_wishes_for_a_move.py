"""A mentee asks for another group, and a coordinator moves them: neither takes back the other's."""

import pytest

from bot.course import people as persons
from bot.course.people import PersonChange
from bot.groups import upkeep
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kinds import ToDoKind
from bot.matching import exclusions as barriers
from bot.overview import store as overview
from tests.course.test_one_person import do_as_seen, look, seen_in, takes_more
from tests.support.cast import ALICE, BOB, CAROL
from tests.support.cohort import DRAFT, HERE, MIA
from tests.support.groups_under_way import LATER, running, waiting


@pytest.fixture
async def full(database: Database) -> Database:
    await running(database)
    await takes_more(database, MIA, 0)
    return database


async def still_waits(database: Database) -> bool:
    """Say whether Bob waits, ruled out for his mentor, and among those who asked."""
    async with database.reading() as connection:
        forbidden = await barriers.forbids(connection, HERE, DRAFT.id)
        its = (connection, DRAFT, ToDoKind.ASKED_TO_MOVE)
        _, asked = await overview.lines(*its, now=LATER, most=5)
    waits = await waiting(database) == [BOB.id]
    return waits and (BOB.id, ALICE.id) in forbidden and asked == 1


async def test_a_mentee_who_asked_cannot_end_what_a_coordinator_looks_for_too(
    full: Database,
) -> None:
    its = (full, HERE, DRAFT.id)
    await upkeep.ask_rematch(*its, mentee=BOB.id, now=LATER)
    await upkeep.move(*its, mentee=BOB.id, to=None, by=CAROL.id, now=LATER)

    with pytest.raises(UserFacing, match="a coordinator is looking"):
        await upkeep.stay(*its, mentee=BOB.id)

    assert await still_waits(full)


async def test_a_coordinators_undo_leaves_what_the_mentee_asked_for_meanwhile(
    full: Database,
) -> None:
    found = await look(full, PersonChange(kind="move", member_id=BOB.id))
    waits = await do_as_seen(full, seen_in(found))
    await upkeep.ask_rematch(full, HERE, DRAFT.id, mentee=BOB.id, now=LATER)
    undo = persons.opposite(found.member, seen_in(found), waits.member, seat=waits.seat)
    assert undo is not None

    with pytest.raises(UserFacing):
        await do_as_seen(full, undo)

    assert await still_waits(full)


async def test_nobody_asks_twice(full: Database) -> None:
    its = (full, HERE, DRAFT.id)
    await upkeep.ask_rematch(*its, mentee=BOB.id, now=LATER)
    await upkeep.move(*its, mentee=BOB.id, to=None, by=CAROL.id, now=LATER)

    with pytest.raises(UserFacing, match="Nothing more is needed"):
        await upkeep.ask_rematch(*its, mentee=BOB.id, now=LATER)
