"""Find who may read a goal at this moment, and which goals somebody may."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.goals import rules, store
from bot.goals.model import Goal, GoalId
from bot.groups.store import pairings
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.matching import exclusions
from bot.people.model import Member
from bot.programme.groups import GroupMembers


async def readers_now(connection: AsyncConnection, goal: Goal) -> tuple[int, int]:
    """Count the author's mentors of now who may read a goal, and all of them."""
    programme_id, mentee = goal.programme_id, goal.member_id
    lasting = await pairings(connection, goal.workspace_id, programme_id, mentee_id=mentee)
    return len(rules.readers(goal, lasting)), len({one.mentor_id for one in lasting})


async def read_by_mentors(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> frozenset[GoalId]:
    """Find the member's own goals that a mentor of theirs may read at this moment."""
    found = await store.goals_of(connection, workspace_id, [member_id], shared=True)
    lasting = [
        pairing
        for programme_id in sorted({one.programme_id for one in found})
        for pairing in await pairings(connection, workspace_id, programme_id, mentee_id=member_id)
    ]
    return frozenset(one.id for one in found if rules.readers(one, lasting))


async def shared_goals(
    connection: AsyncConnection, mentor: Member, groups: Sequence[GroupMembers]
) -> list[Goal]:
    """Find the open and done goals that the mentees of these groups share with this mentor.

    None of somebody who blocked the mentor; raises WishesUnreadable.
    """
    mentored = [one for one in groups if mentor.id in one.mentors]
    mentees = {mentee for one in mentored for mentee in one.mentees}
    found = await store.goals_of(connection, mentor.workspace_id, mentees, shared=True)
    if not found:
        return []
    blocks = await exclusions.blocks(connection, mentor.workspace_id)
    theirs = [
        pairing
        for programme_id in sorted({one.programme_id for one in found})
        for pairing in await pairings(
            connection, mentor.workspace_id, programme_id, mentor_id=mentor.id
        )
    ]
    return [
        goal
        for goal in found
        if mentor.id not in blocks.get(goal.member_id, ())
        and rules.may_read(
            goal, mentor, mentees=_mentees_in(mentored, goal.programme_id), pairings=theirs
        )
    ]


def _mentees_in(groups: Sequence[GroupMembers], programme_id: ProgrammeId) -> Collection[MemberId]:
    return {each for one in groups if one.programme_id == programme_id for each in one.mentees}
