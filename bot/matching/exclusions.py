"""What members and coordinators say about who must not be matched."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.matching import exclusions_store as barriers
from bot.matching.model import Bar
from bot.matching.records import KeptConflict
from bot.people import store as people
from bot.people.use_cases import must_coordinate

MOST_WISHES = 10


async def wish_apart(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    member: MemberId,
    avoided: Sequence[SlackUserId],
) -> None:
    """Keep, in confidence, whom this member wishes not to be matched with, in place of earlier
    wishes.

    Raises UserFacing for more than MOST_WISHES and for somebody who takes no part here.
    """
    if len(avoided) > MOST_WISHES:
        raise UserFacing(f"Name {MOST_WISHES} people at most.")
    ids = []
    for slack_user_id in dict.fromkeys(avoided):
        found = await people.member_by_slack_id(connection, workspace_id, slack_user_id)
        if found is None:
            raise UserFacing(
                "One of these people takes no part in mentoring here, so you need not name "
                "them. Leave them out."
            )
        ids.append(found.id)
    await barriers.set_vetoes(connection, workspace_id, member, ids)


async def record_conflict(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    senior: SlackUserId,
    junior: SlackUserId,
    bar: Bar,
    starts: date | None,
    ends: date | None,
    by: MemberId,
) -> None:
    """Keep that `senior` judges, manages or treats `junior`, on the days from start to end.

    An open end has no date. Raises UserFacing for anybody but a coordinator, for an end before
    the start, for the same person twice and for strangers.
    """
    if starts is not None and ends is not None and ends < starts:
        raise UserFacing("The last day is before the first. Swap them, or leave one empty.")
    if senior == junior:
        raise UserFacing("Choose two different people.")
    await must_coordinate(connection, workspace_id, by)
    two = [
        await people.member_by_slack_id(connection, workspace_id, one) for one in (senior, junior)
    ]
    if two[0] is None or two[1] is None:
        raise UserFacing("Both must be in the roster. Import them first, then try again.")
    conflict = KeptConflict(
        senior_id=two[0].id, junior_id=two[1].id, bar=bar, starts=starts, ends=ends
    )
    await barriers.put_conflict(connection, workspace_id, conflict)
