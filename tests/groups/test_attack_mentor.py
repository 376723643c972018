"""What giving a group to somebody who mentors another one must not break."""

from dataclasses import replace

import pytest

from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.matching import exclusions
from bot.people import store as people
from bot.people.model import Member, MemberState
from tests.groups.test_a_group_gets_a_mentor import alices_group_waits, give
from tests.support.cast import CAROL
from tests.support.cohort import DRAFT, HERE, MIA, change, mentor
from tests.support.groups_under_way import LATER, join, reconcile, waiting


async def member(database: Database, member_id: str) -> Member:
    async with database.reading() as connection:
        found = await people.member(connection, HERE, MemberId(member_id))
    assert found is not None
    return found


@pytest.mark.parametrize("by_hand", [True, False], ids=["given by hand", "a free mentor"])
async def test_who_is_never_matched_with_a_mentor_is_not_while_on_a_break(
    database: Database, by_hand: bool
) -> None:
    group, theirs, _ = await alices_group_waits(database)
    heir = MIA if by_hand else mentor("Nia", 8)
    async with database.writing() as connection:
        pair = (MemberId(theirs[0]), heir.id)
        await exclusions.forbid(connection, HERE, DRAFT.id, pair, by=CAROL.id, now=LATER)
    await change(database, replace(await member(database, theirs[0]), state=MemberState.PAUSED))

    if by_hand:
        with pytest.raises(UserFacing, match="cannot mentor that group"):
            await give(database, group)
    else:
        await join(database, heir)
        await reconcile(database)

    assert theirs[0] in await waiting(database)
