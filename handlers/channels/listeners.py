"""Follow what becomes of groups' channels, and what coordinators do about it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.model import Act
from bot.errands import store as errands
from bot.errands.store import Want
from bot.flows import group_channels
from bot.groups.messages import GROUP
from bot.inbox.store import Received
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, WorkspaceId
from bot.programme import store as programmes
from bot.programme.model import Group
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.inbox import Concerns, EventKind
from handlers.edge.services import Services

TITLE = "The group's channel"


def register(edge: Edge) -> None:
    """Add the listeners of channels."""
    edge.action("channel.reopen", on_reopen)
    edge.action("channel.retry", on_retry)
    edge.action("channel.invite", on_invite)


async def on_reopen(call: Call, services: Services) -> None:
    """Let a new channel be opened for a group, in place of the one that the message was about."""
    await services.coordinator(call)
    group, channel = await _group(call, services)
    async with services.database.writing() as connection:
        is_asked = await group_channels.open_another(
            connection, group, channel, now=services.clock.now()
        )
        await services.record(connection, call, Act.CHANNEL_REOPENED, what=group.name)
    services.wake()
    said = (
        f"A new channel is being opened for {group.name}. Its members are invited, and what could "
        "not be posted follows."
        if is_asked
        else f"{group.name} has a new channel already."
    )
    await call.say(said, title=TITLE)
    await services.refresh_home(call)


async def on_retry(call: Call, services: Services) -> None:
    """Look at a group's channel again, and post there what it did not take."""
    member = await services.member(call)
    group, _channel = await _group(call, services)
    async with services.database.writing() as connection:
        if not await group_channels.may_retry(connection, group, member):
            raise UserFacing("Only coordinators and the group's mentors can do that.")
        place, now = f"{GROUP}{group.id}", services.clock.now()
        await errands.ask(connection, call.workspace_id, Want.OPENED, place=place, now=now)
    services.wake()
    said = (
        f"I am looking at the channel of {group.name} now. If nothing is in the way, what waits is "
        "posted; if something still is, you read it here."
    )
    await call.say(said, title=TITLE)


async def on_invite(call: Call, services: Services) -> None:
    """Invite somebody into their group's channel who was refused before, or left it."""
    await services.coordinator(call)
    place = call.value or ""
    channel, _colon, who = place.partition(":")
    async with services.database.writing() as connection:
        found = await group_channels.absent(connection, call.workspace_id, place)
        if found is None:
            raise UserFacing("They have no seat in this group any more. Nothing is left to do.")
        now = services.clock.now()
        await services.record(connection, call, Act.CHANNEL_INVITED, about=[found.member.id])
        await errands.ask(
            connection, call.workspace_id, Want.IN, place=channel, person=who, now=now
        )
        welcome = await group_channels.welcome_in_channels(
            connection, call.workspace_id, [who], now=now
        )
    services.wake()
    when = "now" if welcome.get(who, now) <= now else "as soon as it does not disturb them"
    said = f"{found.member.name} is invited {when}. If Slack refuses it again, you read so here."
    await call.say(said, title=TITLE)
    await services.refresh_home(call)


async def _group(call: Call, services: Services) -> tuple[Group, str]:
    """Read the group that a button is about, and the channel that it had then, if it had one."""
    group_id, is_named, channel = (call.value or "").partition(":")
    async with services.database.reading() as connection:
        found = await programmes.group(connection, call.workspace_id, GroupId(group_id))
    if found is None:
        raise UserFacing("This group is not there any more. Nothing is left to do.")
    return found, channel if is_named else found.slack_channel or ""


def _channel(event: Mapping[str, Any]) -> str | None:
    found = event.get("channel")
    return found if isinstance(found, str) and found else None


def _place(event: Mapping[str, Any]) -> str | None:
    channel, who = _channel(event), event.get("user")
    is_named = channel is not None and isinstance(who, str) and who
    return group_channels.seat_key(channel or "", str(who)) if is_named else None


async def _is_groups(connection: AsyncConnection, workspace_id: WorkspaceId, about: str) -> bool:
    channel, _colon, _who = about.partition(":")
    return await group_channels.group_in(connection, workspace_id, channel) is not None


async def _is_shut(connection: AsyncConnection, workspace_id: WorkspaceId, channel: str) -> bool:
    """Whether something spoke against a group's channel: who joins may be Cairn, invited back."""
    group = await group_channels.group_in(connection, workspace_id, channel)
    place = f"{GROUP}{group.id}" if group else ""
    owed = (await errands.about(connection, workspace_id, [place])).get(place)
    return owed is not None and owed.failed_at is not None


async def _has_seat(connection: AsyncConnection, workspace_id: WorkspaceId, place: str) -> bool:
    """Whether somebody with a seat left; whom Cairn has taken out has none any more."""
    return await group_channels.absent(connection, workspace_id, place) is not None


async def on_change(services: Services, event: Received) -> None:
    """Look at a group's channel in which something changed; tell of a member who left it."""
    channel, _colon, _who = event.subject_id.partition(":")
    workspace_id, now = event.workspace_id, services.clock.now()
    async with services.database.writing() as connection:
        if await group_channels.absent(connection, workspace_id, event.subject_id) is None:
            await group_channels.look_at(connection, workspace_id, channel, now=now)
        elif event.kind == LEFT:
            await group_channels.left(connection, workspace_id, event.subject_id, at=now)
    services.wake()


def _no_facts(_event: Mapping[str, Any], _now: datetime) -> Mapping[str, object]:
    return {}


def _kind(
    subject: Callable[[Mapping[str, Any]], str | None], concerns: Concerns = _is_groups
) -> EventKind:
    return EventKind(subject=subject, facts=_no_facts, concerns=concerns, act=on_change)


LEFT = "member_left_channel"
EVENTS = {
    "group_archive": _kind(_channel),
    "group_deleted": _kind(_channel),
    "group_unarchive": _kind(_channel),
    "group_left": _kind(_channel),
    "channel_shared": _kind(_channel),
    "channel_unshared": _kind(_channel),
    "member_joined_channel": _kind(_channel, concerns=_is_shut),
    LEFT: _kind(_place, concerns=_has_seat),
}
"""That a channel was made public is told by a message there alone, and Cairn does not read those:
a look before each post, and one every day, notice it."""
