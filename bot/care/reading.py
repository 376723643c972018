"""Find what somebody who was asked may read at this moment, and who is barred meanwhile."""

from collections.abc import Collection, Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.care import store
from bot.care.model import Concern, ConcernId
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.matching import exclusions
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import may_read_concern

log = structlog.get_logger("cairn.care")


async def readable_by(
    connection: AsyncConnection, reader: Member, opened: Sequence[Concern]
) -> list[Concern]:
    """Keep the opened concerns about which somebody was asked, and from whose authors nobody bars
    them by now.

    Raises OperatorFacing: nothing is shown while nobody knows who is blocked.
    """
    asked = [one for one in opened if may_read_concern(reader, addressed=one.addressed)]
    if not asked:
        return []
    try:
        kept_from = await _authors_kept_from(connection, reader.workspace_id, reader.id)
    except exclusions.WishesUnreadable:
        raise OperatorFacing("blocks cannot be read, so no concern is shown") from None
    return [one for one in asked if one.by not in kept_from]


async def waiting_for(
    connection: AsyncConnection, reader: Member, kept: Sequence[Concern]
) -> list[Concern]:
    """Find the concerns that wait for somebody who was asked. `kept` need not be opened.

    While the keys are away, all that they were asked: they read then that it cannot be opened.
    """
    asked = [
        one for one in kept if one.is_waiting and may_read_concern(reader, addressed=one.addressed)
    ]
    if not asked:
        return []
    ids = [one.id for one in asked]
    try:
        opened = await store.opened(connection, reader.workspace_id, ids=ids)
        return await readable_by(connection, reader, opened)
    except OperatorFacing:
        return asked


async def barred_from(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    kept: Collection[Concern],
    others: Collection[MemberId] = (),
) -> dict[ConcernId, set[MemberId]] | None:
    """Find who of the people of each concern that is not solved, and of `others`, may not hear of
    it.

    None without the keys. They may be asked then, and read nothing all the same.
    """
    lasting = [one for one in kept if one.solved_at is None]
    named = {*others} | {each for one in lasting for each in one.named}
    try:
        ids = [one.id for one in lasting]
        opened = await store.opened(connection, workspace_id, ids=ids) if ids else []
        kept_from = {
            one: await _authors_kept_from(connection, workspace_id, one) for one in sorted(named)
        }
    except (OperatorFacing, exclusions.WishesUnreadable):
        log.error("barred_unknown", workspace=workspace_id)  # noqa: TRY400 - no values
        return None
    return {one.id: {each for each in named if one.by in kept_from[each]} for one in opened}


async def _authors_kept_from(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> set[SlackUserId | None]:
    """Find those of whom a member hears no concern: who is or was paired with them, or blocked
    them, and themselves. Raises WishesUnreadable."""
    blocks = await exclusions.blocks(connection, workspace_id)
    ids = await store.paired_with(connection, workspace_id, member_id) | {member_id}
    ids |= {owner for owner, blocked in blocks.items() if member_id in blocked}
    return {one.slack_user_id for one in await people.members(connection, workspace_id, ids=ids)}
