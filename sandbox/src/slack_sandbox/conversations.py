"""Channels, private channels, DMs and group DMs: who is in them, and who is told."""

from __future__ import annotations

import re
from collections.abc import Iterable

from slack_sandbox.events import channel_type, emit
from slack_sandbox.records import Channel, Json
from slack_sandbox.world import World

# docs.slack.dev/reference/methods/conversations.create
NAME = re.compile(r"[\w-]{1,80}")
MOST_IN_GROUP_DM = 8


def create_channel(
    world: World,
    team_id: str,
    name: str,
    *,
    channel_id: str | None = None,
    is_private: bool = False,
    is_general: bool = False,
    creator: str = "",
    members: Iterable[str] = (),
) -> Channel:
    """Create a channel; the caller has checked that the name and the id are free."""
    channel = Channel(
        id=channel_id or world.ids.slack("C"),
        team_id=team_id,
        name=name,
        created_s=int(world.clock.time()),
        creator=creator,
        is_private=is_private,
        is_general=is_general,
        members=dict.fromkeys(members),
    )
    world.channels[channel.id] = channel
    world.channel_names[team_id, name] = channel.id
    world.changes.publish("channel", team=team_id, channel=channel.id)
    if not is_private:
        shape = {"id": channel.id, "name": name, "created": channel.created_s, "creator": creator}
        emit(world, team_id, {"type": "channel_created", "channel": shape})
    return channel


def rename_channel(world: World, channel: Channel, name: str) -> None:
    """Give a channel a free name, and tell the apps."""
    world.channel_names.pop((channel.team_id, channel.name), None)
    world.channel_names[channel.team_id, name] = channel.id
    channel.previous_names.append(channel.name)
    channel.name = name
    shape = {"id": channel.id, "name": name, "created": channel.created_s}
    _tell_change(world, channel, "rename", channel=shape)


def archive_channel(world: World, channel: Channel, *, by: str) -> None:
    """Archive a channel, and tell the apps."""
    channel.archived = True
    _tell_change(world, channel, "archive", channel=channel.id, user=by)


def unarchive_channel(world: World, channel: Channel, *, by: str) -> None:
    """Bring an archived channel back, and tell the apps."""
    channel.archived = False
    _tell_change(world, channel, "unarchive", channel=channel.id, user=by)


def delete_channel(world: World, channel: Channel) -> None:
    """Delete a channel with all that was written in it, and tell the apps."""
    del world.channels[channel.id]
    del world.channel_names[channel.team_id, channel.name]
    _tell_change(world, channel, "deleted", channel=channel.id)


def convert_channel(world: World, channel: Channel, *, by: str, is_private: bool) -> None:
    """Make a channel private or public; apps learn it from a message's subtype alone."""
    channel.is_private = is_private
    world.changes.publish("channel", team=channel.team_id, channel=channel.id)
    stamp = world.next_ts(channel)
    event: Json = {
        "type": "message",
        "subtype": f"channel_convert_to_{'private' if is_private else 'public'}",
        "user": by,
        "text": f"made this channel *{'private' if is_private else 'public'}*",
        "ts": stamp,
        "channel": channel.id,
        "channel_type": channel_type(channel),
        "event_ts": stamp,
    }
    _emit_to_members(world, channel, event)


def share_channel(world: World, channel: Channel, team_id: str) -> None:
    """Share a channel with another workspace, and tell the apps."""
    channel.shared_with.append(team_id)
    _tell_sharing(world, channel, {"type": "channel_shared", "connected_team_id": team_id})


def unshare_channel(world: World, channel: Channel, team_id: str) -> None:
    """Share a channel with a workspace no more: its people are out of it. Tell the apps."""
    channel.shared_with.remove(team_id)
    for one in [one for one in channel.members if world.users[one].team_id == team_id]:
        del channel.members[one]
    event = {
        "type": "channel_unshared",
        "previously_connected_team_id": team_id,
        "is_ext_shared": bool(channel.shared_with),
    }
    _tell_sharing(world, channel, event)


def _tell_sharing(world: World, channel: Channel, event: Json) -> None:
    world.changes.publish("channel", team=channel.team_id, channel=channel.id)
    event |= {"channel": channel.id, "event_ts": f"{world.clock.time():.6f}"}
    _emit_to_members(world, channel, event)


def open_direct(world: World, team_id: str, users: Iterable[str]) -> tuple[Channel, bool]:
    """Return the DM or group DM of these people, and whether it was there before."""
    together = tuple(sorted(set(users)))
    known = world.direct.get(together)
    if known:
        return world.channels[known], True
    is_im = len(together) <= 2
    channel = Channel(
        id=world.ids.slack("D" if is_im else "C"),
        team_id=team_id,
        name="" if is_im else _group_name(world, together),
        created_s=int(world.clock.time()),
        is_private=True,
        is_im=is_im,
        is_mpim=not is_im,
        members=dict.fromkeys(together),
    )
    world.channels[channel.id] = channel
    world.direct[together] = channel.id
    world.changes.publish("channel", team=team_id, channel=channel.id)
    return channel, False


def add_member(world: World, channel: Channel, user_id: str, *, inviter: str = "") -> bool:
    """Put a person into a channel and tell the apps in it; False if they were there."""
    if user_id in channel.members:
        return False
    channel.members[user_id] = None
    event = _member_event("member_joined_channel", channel, user_id)
    if inviter:
        event["inviter"] = inviter
    _tell_members(world, channel, event)
    return True


def remove_member(world: World, channel: Channel, user_id: str) -> bool:
    """Take a person out of a channel and tell the apps in it; False if they were not there.

    An app that is taken out hears of that by an event of its own.
    """
    if user_id not in channel.members:
        return False
    del channel.members[user_id]
    event = _member_event("member_left_channel", channel, user_id)
    _tell_members(world, channel, event)
    kind = "group_left" if channel.is_private else "channel_left"
    left: Json = {"type": kind, "channel": channel.id, "event_ts": event["event_ts"]}
    for app in world.apps_in(channel.team_id):
        if app.installations[channel.team_id].bot_user_id == user_id:
            emit(world, channel.team_id, left, app=app)
    return True


def _member_event(kind: str, channel: Channel, user_id: str) -> Json:
    return {
        "type": kind,
        "user": user_id,
        "channel": channel.id,
        "channel_type": "G" if channel.is_private else "C",
        "team": channel.team_id,
    }


def _tell_members(world: World, channel: Channel, event: Json) -> None:
    user = event["user"]
    world.changes.publish("channel", team=channel.team_id, channel=channel.id, user=user)
    event["event_ts"] = f"{world.clock.time():.6f}"
    _emit_to_members(world, channel, event)


def _tell_change(world: World, place: Channel, what: str, **body: object) -> None:
    """Tell of a public channel every app, of a private one those in it."""
    world.changes.publish("channel", team=place.team_id, channel=place.id)
    kind = "group" if place.is_private else "channel"
    event: Json = {"type": f"{kind}_{what}", **body, "event_ts": f"{world.clock.time():.6f}"}
    if place.is_private:
        _emit_to_members(world, place, event)
    else:
        emit(world, place.team_id, event)


def _emit_to_members(world: World, channel: Channel, event: Json) -> None:
    for app in world.apps_in(channel.team_id):
        if app.installations[channel.team_id].bot_user_id in channel.members:
            emit(world, channel.team_id, event, app=app)


def _group_name(world: World, users: Iterable[str]) -> str:
    names = "--".join(world.users[one].name for one in users)
    return f"mpdm-{names}-1"


__all__ = [
    "MOST_IN_GROUP_DM",
    "NAME",
    "add_member",
    "archive_channel",
    "channel_type",
    "convert_channel",
    "create_channel",
    "delete_channel",
    "open_direct",
    "remove_member",
    "rename_channel",
    "share_channel",
    "unarchive_channel",
    "unshare_channel",
]
