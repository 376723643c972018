"""Joining, inviting, removing: docs.slack.dev/reference/methods."""

from __future__ import annotations

from slack_sandbox import conversations
from slack_sandbox.api.args import Args
from slack_sandbox.api.registry import Caller, find_channel, method
from slack_sandbox.problems import ApiError
from slack_sandbox.records import Channel, Json, User
from slack_sandbox.shapes import channel_json
from slack_sandbox.world import World


@method(
    "conversations.invite",
    "channels:manage",
    "channels:write.invites",
    "groups:write",
    "groups:write.invites",
)
def invite(world: World, caller: Caller, args: Args) -> Json:
    """Bring people into a channel: all of them, or nobody; with ``force`` all who can."""
    channel = _channel(world, caller, args)
    caller.needs(*_write_scopes(channel, "invites"))
    users = list(dict.fromkeys(args.names("users")))
    if not users:
        raise ApiError("no_user")
    wrong = [
        {"user": one, "ok": False, "error": error}
        for one in users
        if (error := _uninvitable(world, caller, channel, one))
    ]
    if wrong and (len(wrong) == len(users) or not args.flag("force")):
        raise ApiError(str(wrong[0]["error"]), errors=wrong)
    refused = {one["user"] for one in wrong}
    for user_id in users:
        if user_id not in refused:
            conversations.add_member(world, channel, user_id, inviter=caller.user_id)
    answer: Json = {"channel": channel_json(world, channel, caller.user_id)}
    return answer | {"errors": wrong} if wrong else answer


@method("conversations.kick", "channels:manage", "groups:write")
def kick(world: World, caller: Caller, args: Args) -> Json:
    """Take a person out of a channel."""
    channel = _channel(world, caller, args)
    caller.needs(*_write_scopes(channel, "manage"))
    user_id = args.need("user", "user_not_found")
    if user_id == caller.user_id:
        raise ApiError("cant_kick_self")
    if channel.is_general:
        raise ApiError("cant_kick_from_general")
    if user_id not in world.users:
        raise ApiError("user_not_found")
    if not conversations.remove_member(world, channel, user_id):
        raise ApiError("not_in_channel")
    return {}


@method("conversations.join", "channels:join")
def join(world: World, caller: Caller, args: Args) -> Json:
    """Let the app join a public channel."""
    channel = find_channel(world, caller, args.need("channel", "channel_not_found"))
    if channel.is_private:
        raise ApiError("method_not_supported_for_channel_type")
    if channel.archived:
        raise ApiError("is_archived")
    answer: Json = {"channel": channel_json(world, channel, caller.user_id)}
    if not conversations.add_member(world, channel, caller.user_id):
        return answer | {"warning": "already_in_channel"}
    return {"channel": channel_json(world, channel, caller.user_id)}


@method("conversations.leave", "channels:manage", "groups:write")
def leave(world: World, caller: Caller, args: Args) -> Json:
    """Let the app leave a channel."""
    channel = find_channel(world, caller, args.need("channel", "channel_not_found"))
    caller.needs(*_write_scopes(channel, "manage"))
    if channel.is_general:
        raise ApiError("cant_leave_general")
    if channel.is_im or channel.is_mpim:
        raise ApiError("method_not_supported_for_channel_type")
    if not conversations.remove_member(world, channel, caller.user_id):
        return {"not_in_channel": True}
    return {}


@method("conversations.close", "im:write", "mpim:write", "channels:manage", "groups:write")
def close(world: World, caller: Caller, args: Args) -> Json:
    """Close a DM; its messages stay, as in Slack."""
    channel = find_channel(world, caller, args.need("channel", "channel_not_found"))
    if not channel.is_im and not channel.is_mpim:
        raise ApiError("method_not_supported_for_channel_type")
    return {}


def _channel(world: World, caller: Caller, args: Args) -> Channel:
    channel = find_channel(world, caller, args.need("channel", "channel_not_found"))
    if channel.is_im or channel.is_mpim:
        raise ApiError("method_not_supported_for_channel_type")
    if channel.archived:
        raise ApiError("is_archived")
    if caller.user_id not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _write_scopes(channel: Channel, what: str) -> tuple[str, ...]:
    if channel.is_private:
        return ("groups:write", f"groups:write.{what}")
    return ("channels:manage", f"channels:write.{what}")


def _uninvitable(world: World, caller: Caller, channel: Channel, user_id: str) -> str | None:
    """Return why a person cannot be invited, None when they can."""
    user = world.users.get(user_id)
    if user is None or user.team_id != caller.team_id:
        return "user_not_found"
    if user_id == caller.user_id:
        return "cant_invite_self"
    if user_id in channel.members:
        return "already_in_channel"
    return user.invite_error or _barred(world, channel, user)


def _barred(world: World, channel: Channel, user: User) -> str | None:
    """Return why what somebody is keeps them out of a channel, None when it does not."""
    if user.deleted:
        return "cant_invite"
    if user.is_ultra_restricted and _has_channel(world, user.id):
        return "ura_max_channels"
    return "user_is_restricted" if user.is_guest and not channel.guests else None


def _has_channel(world: World, user_id: str) -> bool:
    """Whether a single-channel guest already has their channel."""
    return any(
        user_id in one.members and not (one.is_im or one.is_mpim or one.archived)
        for one in world.channels.values()
    )
