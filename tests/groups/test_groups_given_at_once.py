"""Two coordinators at once, and what happens beside a group that is given away."""

import asyncio
from dataclasses import replace

from bot.groups import upkeep
from bot.groups.arrangement import MentorWish
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.matching.model import Pairing
from bot.people.model import MemberState
from tests.groups.test_a_group_gets_a_mentor import GONE, alices_group_waits, give
from tests.support.cast import CAROL
from tests.support.cohort import COHORT, DRAFT, HERE, MIA, change, mentee, mentor
from tests.support.groups_under_way import (
    LATER,
    join,
    lasting,
    member,
    reconcile,
    running,
    told,
    waiting,
)


async def test_two_coordinators_give_one_group_to_two_mentors(database: Database) -> None:
    group, theirs, _ = await alices_group_waits(database)
    lena = mentor("Lena", 1)
    await join(database, lena)

    done = await asyncio.gather(
        give(database, group), give(database, group, to=lena), return_exceptions=True
    )

    refused = [one for one in done if one is not None]
    assert len(refused) == 1
    assert isinstance(refused[0], UserFacing), refused
    assert "has a mentor by now" in str(refused[0])
    after = await lasting(database)
    assert len({after[one].mentor_id for one in theirs}) == 1
    kinds = [kind for kind, _ in await told(database)]
    assert kinds.count("group_introduction") == 1


async def test_two_coordinators_give_two_groups_to_one_mentor(database: Database) -> None:
    """What they can take is enough for one of the groups alone."""
    nia = mentor("Nia", 3)
    await running(database, (*COHORT, nia, mentee("Hal")))
    every: dict[str, list[Pairing]] = {}
    for one in (await lasting(database)).values():
        every.setdefault(one.mentor_id, []).append(one)
    assert len(every) == 3
    keeper, first, second = sorted(every, key=lambda one: len(every[one]))
    for each, theirs in every.items():
        await change(database, replace(await member(database, each), capacity=len(theirs)))
    room = len(every[keeper]) + max(len(every[first]), len(every[second]))
    for each in (first, second):
        await change(database, replace(await member(database, each), state=MemberState.LEFT))
    await reconcile(database)
    await change(database, replace(await member(database, keeper), capacity=room))
    groups = [every[one][0].group_id for one in (first, second)]

    async def wish(group_id: str) -> None:
        found = MentorWish(MemberId(keeper), group_id)  # type: ignore[arg-type]
        await upkeep.give_group(database, HERE, DRAFT.id, wish=found, by=CAROL.id, now=LATER)

    done = await asyncio.gather(*map(wish, groups), return_exceptions=True)

    assert len([one for one in done if isinstance(one, UserFacing)]) == 1, done
    pairings = (await lasting(database)).values()
    assert sum(one.mentor_id == keeper for one in pairings) <= room


async def test_the_mentor_leaves_while_the_group_is_given_to_them(database: Database) -> None:
    group, theirs, _ = await alices_group_waits(database)
    mia = await member(database, MIA.id)

    async def leaves() -> None:
        await change(database, replace(mia, state=MemberState.LEFT))
        await reconcile(database)

    await asyncio.gather(give(database, group), leaves(), return_exceptions=True)
    await reconcile(database)

    assert await lasting(database) == {}
    assert set(theirs) <= set(await waiting(database))
    assert GONE.id not in await waiting(database)
