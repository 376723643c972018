"""Who joins and who leaves a group's Slack channel: put on record with the seats that changed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errands import store as errands
from bot.errands.model import Want
from bot.kernel.ids import MemberId
from bot.people import store as people
from bot.programme import store as programmes
from bot.programme.model import Group


async def let_in(
    connection: AsyncConnection, group: Group, members: Sequence[MemberId], *, now: datetime
) -> None:
    """Let members be invited into their group's channel.

    Before it is open there is none to be invited to: who opens it invites all. Call it after their
    seats are written, which waits for whoever is opening the channel at this moment.
    """
    known = await programmes.group(connection, group.workspace_id, group.id)
    if known is not None:
        await _ask(connection, known, members, Want.IN, now=now)


async def see_out(
    connection: AsyncConnection, group: Group | None, member_id: MemberId, *, now: datetime
) -> None:
    """Let somebody be taken out of the channel of a group in which they have no seat any more."""
    if group is not None:
        await _ask(connection, group, [member_id], Want.OUT, now=now)


async def _ask(
    connection: AsyncConnection,
    group: Group,
    members: Sequence[MemberId],
    want: Want,
    *,
    now: datetime,
) -> None:
    if group.slack_channel is None:
        return
    for one in await people.members(connection, group.workspace_id, ids=list(members)):
        await errands.ask(
            connection,
            group.workspace_id,
            want,
            place=group.slack_channel,
            person=one.slack_user_id,
            now=now,
        )
