"""Follow what becomes of groups' channels, and what coordinators do about it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errands import store as errands
from bot.errands.store import Want
from bot.flows import group_channels
from bot.inbox.store import Received
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, WorkspaceId
from bot.kernel.words import plural
from bot.programme import store as programmes
from bot.programme.model import Group
from handlers.blocks import View, notice, working
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.inbox import EventKind
from handlers.edge.services import Services
from handlers.sending.channels import open_another

TITLE = "The group's channel"


def register(edge: Edge) -> None:
    """Add the listeners of channels."""
    edge.action("channel.reopen", on_reopen)
    edge.action("channel.retry", on_retry)
    edge.action("channel.invite", on_invite)


async def on_reopen(call: Call, services: Services) -> None:
    """Open another channel for a group, and post there what waits."""

    async def work() -> View:
        await services.coordinator(call)
        group = await _group(call, services)
        await open_another(services, call.client, group)
        count = await _send_again(call, services, group)
        after = f" {plural(count, 'message')} that could not be posted follow." if count else ""
        return notice(
            f"A new channel is open for {group.name}, and its members are invited.{after}",
            title=TITLE,
        )

    await see_through(call, work, meanwhile=working("Opening a channel.", title=TITLE))
    await services.refresh_home(call)


async def on_retry(call: Call, services: Services) -> None:
    """Post again what a group's channel did not take."""
    await services.coordinator(call)
    group = await _group(call, services)
    count = await _send_again(call, services, group)
    said = f"{plural(count, 'message')} for {group.name} will be posted now."
    await call.say(said if count else f"Nothing waits to be posted for {group.name}.", title=TITLE)


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
        await errands.ask(
            connection, call.workspace_id, Want.IN, place=channel, person=who, now=now
        )
    services.wake()
    said = f"{found.member.name} is invited now. If Slack refuses it again, you read so here."
    await call.say(said, title=TITLE)
    await services.refresh_home(call)


async def _group(call: Call, services: Services) -> Group:
    async with services.database.reading() as connection:
        found = await programmes.group(connection, call.workspace_id, GroupId(call.value or ""))
    if found is None:
        raise UserFacing("This group is not there any more. Nothing is left to do.")
    return found


async def _send_again(call: Call, services: Services, group: Group) -> int:
    async with services.database.writing() as connection:
        count = await group_channels.send_again(
            connection, call.workspace_id, group.id, now=services.clock.now()
        )
    services.wake()
    return count


def _channel(event: Mapping[str, Any]) -> str | None:
    found = event.get("channel")
    return found if isinstance(found, str) and found else None


def _place(event: Mapping[str, Any]) -> str | None:
    channel, who = _channel(event), event.get("user")
    is_named = channel is not None and isinstance(who, str) and who
    return group_channels.seat_key(channel or "", str(who)) if is_named else None


async def _is_groups(connection: AsyncConnection, workspace_id: WorkspaceId, channel: str) -> bool:
    return await group_channels.group_in(connection, workspace_id, channel) is not None


async def _has_seat(connection: AsyncConnection, workspace_id: WorkspaceId, place: str) -> bool:
    """Whether somebody with a seat left; whom Cairn has taken out has none any more."""
    return await group_channels.absent(connection, workspace_id, place) is not None


async def on_shut(services: Services, event: Received) -> None:
    """Tell the coordinators of a channel that takes no messages any more."""
    async with services.database.writing() as connection:
        await group_channels.channel_shut(
            connection, event.workspace_id, event.subject_id, now=services.clock.now()
        )
    services.wake()


async def on_open_again(services: Services, event: Received) -> None:
    """Post what could not be posted while a channel was archived."""
    async with services.database.writing() as connection:
        group = await group_channels.group_in(connection, event.workspace_id, event.subject_id)
        if group is not None:
            now = services.clock.now()
            await group_channels.send_again(connection, event.workspace_id, group.id, now=now)
    services.wake()


async def on_left(services: Services, event: Received) -> None:
    """Let somebody stay out who left, and tell the coordinators."""
    async with services.database.writing() as connection:
        await group_channels.left(
            connection, event.workspace_id, event.subject_id, at=services.clock.now()
        )
    services.wake()


def _no_facts(_event: Mapping[str, Any], _now: datetime) -> Mapping[str, object]:
    return {}


_SHUT = EventKind(subject=_channel, facts=_no_facts, concerns=_is_groups, act=on_shut)
EVENTS = {
    "group_archive": _SHUT,
    "group_deleted": _SHUT,
    "group_unarchive": EventKind(
        subject=_channel, facts=_no_facts, concerns=_is_groups, act=on_open_again
    ),
    "member_left_channel": EventKind(
        subject=_place, facts=_no_facts, concerns=_has_seat, act=on_left
    ),
}
