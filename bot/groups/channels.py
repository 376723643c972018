"""A group's Slack channel, put on record as owed: that it is opened, who joins and who leaves."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry
from bot.errands import store as errands
from bot.errands.store import Want
from bot.kernel.ids import GroupId, MemberId, WorkspaceId
from bot.people import store as people
from bot.programme import store as programmes
from bot.programme.model import Group

GROUP = "group:"
"""What a group's recipient, and the errand that opens its channel, begin with."""


async def open_channels(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    groups: Sequence[Group],
    *,
    at: datetime,
    now: datetime,
) -> None:
    """Let these groups' channels be opened at `at`."""
    await errands.ask_for_all(
        connection,
        workspace_id,
        Want.OPENED,
        places=[f"{GROUP}{one.id}" for one in groups],
        now=now,
        ready_at=at,
    )


async def leave_unopened(
    connection: AsyncConnection, workspace_id: WorkspaceId, groups: Sequence[Group]
) -> bool:
    """Take back that channels be opened; False where one is open, or being opened, already."""
    ids = {one.id for one in groups}
    places = [f"{GROUP}{one}" for one in ids]
    if not await errands.take_back(connection, workspace_id, places):
        return False
    # read after the errands: an opening that ended a moment ago has left its channel
    return await programmes.without_channel(connection, workspace_id, ids) == ids


async def hold_back(
    connection: AsyncConnection, workspace_id: WorkspaceId, entries: Sequence[Entry], now: datetime
) -> Collection[str]:
    """The groups among the recipients whose channel is still to be opened.

    Where nobody has asked for that, as for a group that was formed later, it is asked for here;
    and once more for what was written, or is sent again, since it was found to be impossible. What
    waited until then goes on, and is refused with the reason.
    """
    latest: dict[str, datetime] = {}
    for entry in entries:
        if entry.recipient.startswith(GROUP):
            known = latest.get(entry.recipient, entry.ready_at)
            latest[entry.recipient] = max(known, entry.ready_at)
    if not latest:
        return ()
    owed = await errands.about(connection, workspace_id, latest)
    failed = {one.place: one.failed_at for one in owed.values() if one.failed_at is not None}
    opening = owed.keys() - failed.keys()
    ids = [GroupId(place.removeprefix(GROUP)) for place in latest.keys() - opening]
    missing = {
        place
        for group_id in await programmes.without_channel(connection, workspace_id, ids)
        if (place := f"{GROUP}{group_id}") not in failed or failed[place] < latest[place]
    }
    await errands.ask_for_all(
        connection, workspace_id, Want.OPENED, places=sorted(missing), now=now
    )
    return opening | missing


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
