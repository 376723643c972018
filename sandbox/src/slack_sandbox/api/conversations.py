"""Reading and shaping conversations: docs.slack.dev/reference/methods."""

from __future__ import annotations

from itertools import islice

from slack_sandbox import conversations
from slack_sandbox.api.args import Args
from slack_sandbox.api.paging import page, read_cursor, write_cursor
from slack_sandbox.api.registry import Caller, find_channel, method, scope_for
from slack_sandbox.problems import ApiError
from slack_sandbox.records import Channel, Json, Message
from slack_sandbox.shapes import channel_json, message_json
from slack_sandbox.world import World

MOST_MESSAGES = 999
MOST_TOPIC = 250
_TYPE_SCOPES = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}


@method("conversations.create", "channels:manage", "groups:write", "channels:write")
def create(world: World, caller: Caller, args: Args) -> Json:
    """Create a channel, with the app in it."""
    name = args.text("name")
    if not name:
        raise ApiError("invalid_name_required")
    if len(name) > 80:
        raise ApiError("invalid_name_maxlength")
    if not conversations.NAME.fullmatch(name) or name != name.lower():
        raise ApiError("invalid_name_specials")
    is_private = args.flag("is_private")
    caller.needs(*(("groups:write",) if is_private else ("channels:manage", "channels:write")))
    if (caller.team_id, name) in world.channel_names:
        raise ApiError("name_taken")
    channel = conversations.create_channel(
        world,
        caller.team_id,
        name,
        is_private=is_private,
        creator=caller.user_id,
        members=[caller.user_id],
    )
    return {"channel": channel_json(world, channel, caller.user_id)}


@method("conversations.list", "channels:read", "groups:read", "im:read", "mpim:read")
def list_(world: World, caller: Caller, args: Args) -> Json:
    """List the conversations that the app can see."""
    kinds = args.names("types") or ["public_channel"]
    need_types(caller, kinds)
    hide_archived = args.flag("exclude_archived")
    found = [
        one.id
        for one in world.channels.values()
        if one.team_id == caller.team_id
        and kind_of(one) in kinds
        and not (hide_archived and one.archived)
        and (not one.is_private or caller.user_id in one.members)
    ]
    ids, cursor = page(found, args, default=100, most=1000)
    shown = [channel_json(world, world.channels[one], caller.user_id) for one in ids]
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}


@method("conversations.info", "channels:read", "groups:read", "im:read", "mpim:read")
def info(world: World, caller: Caller, args: Args) -> Json:
    """Describe one conversation."""
    channel = find_channel(world, caller, args.need("channel", "channel_not_found"))
    caller.needs(scope_for(channel, "read"))
    shape = channel_json(world, channel, caller.user_id)
    if args.flag("include_num_members"):
        shape["num_members"] = len(channel.members)
    return {"channel": shape}


@method("conversations.members", "channels:read", "groups:read", "im:read", "mpim:read")
def members(world: World, caller: Caller, args: Args) -> Json:
    """List who is in a conversation."""
    channel = find_channel(world, caller, args.need("channel", "channel_not_found"))
    caller.needs(scope_for(channel, "read"))
    ids, cursor = page(list(channel.members), args, default=100, most=1000)
    return {"members": list(ids), "response_metadata": {"next_cursor": cursor}}


@method("conversations.history", "channels:history", "groups:history", "im:history", "mpim:history")
def history(world: World, caller: Caller, args: Args) -> Json:
    """List a conversation's messages, the newest first; threads' replies are not among them."""
    channel = _readable(world, caller, args)
    most = world.limits.messages_at_once(MOST_MESSAGES)
    limit = args.whole("limit", min(100, most), most=most)
    spans = _span(args)
    found = (
        one
        for one in reversed(channel.messages.values())
        if not one.ephemeral_to
        and (one.thread_ts is None or one.broadcast)
        and _within(one.ts, *spans)
    )
    return _messages(world, list(islice(found, limit + 1)), limit, args)


@method("conversations.replies", "channels:history", "groups:history", "im:history", "mpim:history")
def replies(world: World, caller: Caller, args: Args) -> Json:
    """List a thread: its parent, then the replies, the oldest first."""
    channel = _readable(world, caller, args, outside="channel_not_found")
    ts = args.need("ts", "thread_not_found")
    parent = channel.messages.get(ts)
    if parent is None or parent.ephemeral_to:
        raise ApiError("thread_not_found")
    root = parent.thread_ts or ts
    thread = [root, *channel.threads.get(root, [])]
    spans = _span(args, in_thread=True)
    found = [one for one in thread if one in channel.messages]
    found = [one for one in found if one == root or _within(one, *spans)]
    most = world.limits.messages_at_once(1000)
    shown, cursor = page(found, args, default=most, most=most, error="invalid_arguments")
    answer: Json = {
        "messages": _shown(world, [channel.messages[one] for one in shown], args),
        "has_more": bool(cursor),
    }
    return answer | {"response_metadata": {"next_cursor": cursor}} if cursor else answer


@method("conversations.open", "im:write", "mpim:write", "channels:manage", "groups:write")
def open_(world: World, caller: Caller, args: Args) -> Json:
    """Open a DM, or a group DM with at most eight other people."""
    if args.text("channel"):
        channel = find_channel(world, caller, args.text("channel"))
        if not channel.is_im and not channel.is_mpim:
            raise ApiError("method_not_supported_for_channel_type")
        return _opened(world, caller, channel, args, was_open=True)
    users = list(dict.fromkeys(args.names("users")))
    if not users:
        raise ApiError("users_list_not_supplied")
    if len(users) > conversations.MOST_IN_GROUP_DM:
        raise ApiError("too_many_users")
    caller.needs("im:write" if len(users) == 1 else "mpim:write")
    for user_id in users:
        user = world.users.get(user_id)
        if user is None or user.team_id != caller.team_id:
            raise ApiError("user_not_found")
        if user.deleted:
            raise ApiError("user_disabled")
        if user.is_bot and len(users) == 1:
            raise ApiError("invalid_user_combination")
    together = [*users, caller.user_id]
    channel, was_open = conversations.open_direct(world, caller.team_id, together)
    return _opened(world, caller, channel, args, was_open=was_open)


@method("conversations.setTopic", "channels:manage", "groups:write")
def set_topic(world: World, caller: Caller, args: Args) -> Json:
    """Set a channel's topic."""
    channel = _manageable(world, caller, args)
    topic = args.text("topic")
    if len(topic) > MOST_TOPIC:
        raise ApiError("too_long")
    channel.topic = topic
    world.changes.publish("channel", team=channel.team_id, channel=channel.id)
    return {"channel": channel_json(world, channel, caller.user_id)}


@method("conversations.setPurpose", "channels:manage", "groups:write")
def set_purpose(world: World, caller: Caller, args: Args) -> Json:
    """Set a channel's purpose."""
    channel = _manageable(world, caller, args)
    purpose = args.text("purpose")
    if len(purpose) > MOST_TOPIC:
        raise ApiError("too_long")
    channel.purpose = purpose
    world.changes.publish("channel", team=channel.team_id, channel=channel.id)
    return {"channel": channel_json(world, channel, caller.user_id)}


@method("conversations.rename", "channels:manage", "groups:write")
def rename(world: World, caller: Caller, args: Args) -> Json:
    """Give a channel another name."""
    channel = _manageable(world, caller, args)
    name = args.need("name", "invalid_name_required")
    if not conversations.NAME.fullmatch(name) or name != name.lower():
        raise ApiError("invalid_name_specials")
    if (caller.team_id, name) in world.channel_names:
        raise ApiError("name_taken")
    conversations.rename_channel(world, channel, name)
    return {"channel": channel_json(world, channel, caller.user_id)}


@method("conversations.archive", "channels:manage", "groups:write")
def archive(world: World, caller: Caller, args: Args) -> Json:
    """Archive a channel."""
    channel = _manageable(world, caller, args, archived=True)
    if channel.is_general:
        raise ApiError("cant_archive_general")
    if channel.archived:
        raise ApiError("already_archived")
    conversations.archive_channel(world, channel, by=caller.user_id)
    return {}


@method("conversations.unarchive", "channels:manage", "groups:write")
def unarchive(world: World, caller: Caller, args: Args) -> Json:
    """Bring a channel back."""
    channel = _manageable(world, caller, args, archived=True)
    if not channel.archived:
        raise ApiError("not_archived")
    conversations.unarchive_channel(world, channel, by=caller.user_id)
    return {}


@method("conversations.mark", "channels:manage", "groups:write", "im:write", "mpim:write")
def mark(world: World, caller: Caller, args: Args) -> Json:
    """Set how far the app has read."""
    channel = find_channel(world, caller, args.need("channel", "channel_not_found"))
    channel.read[caller.user_id] = args.need("ts", "invalid_timestamp")
    return {}


def need_types(caller: Caller, kinds: list[str]) -> None:
    """Raise ApiError for a type that there is not, or for which the token lacks the scope."""
    if not set(kinds) <= _TYPE_SCOPES.keys():
        raise ApiError("invalid_types")
    for kind in kinds:
        caller.needs(_TYPE_SCOPES[kind])


def kind_of(channel: Channel) -> str:
    """Return what ``types`` calls this kind of conversation."""
    if channel.is_im:
        return "im"
    if channel.is_mpim:
        return "mpim"
    return "private_channel" if channel.is_private else "public_channel"


def _opened(world: World, caller: Caller, channel: Channel, args: Args, *, was_open: bool) -> Json:
    shape: Json = {"id": channel.id}
    if args.flag("return_im"):
        shape = channel_json(world, channel, caller.user_id)
    if was_open:
        return {"no_op": True, "already_open": True, "channel": shape}
    return {"channel": shape}


def _readable(
    world: World, caller: Caller, args: Args, *, outside: str = "not_in_channel"
) -> Channel:
    channel = find_channel(world, caller, args.need("channel", "channel_not_found"))
    caller.needs(scope_for(channel, "history"))
    if caller.user_id not in channel.members:
        raise ApiError(outside)
    return channel


def _manageable(world: World, caller: Caller, args: Args, *, archived: bool = False) -> Channel:
    channel = find_channel(world, caller, args.need("channel", "channel_not_found"))
    if channel.is_im or channel.is_mpim:
        raise ApiError("method_not_supported_for_channel_type")
    caller.needs("groups:write" if channel.is_private else "channels:manage")
    if channel.archived and not archived:
        raise ApiError("is_archived")
    if caller.user_id not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _span(args: Args, *, in_thread: bool = False) -> tuple[int, int, bool]:
    oldest = _micros(args.text("oldest"), "invalid_ts_oldest")
    latest = _micros(args.text("latest"), "invalid_ts_latest")
    cursor = args.text("cursor")
    if cursor and not in_thread:
        latest = _micros(read_cursor(cursor, "next_ts")[0], "invalid_cursor")
    return oldest, latest, args.flag("inclusive")


def _within(ts: str, oldest: int, latest: int, inclusive: bool) -> bool:
    if not oldest and not latest:
        return True
    at = _micros(ts, "")
    edge = int(inclusive)
    return at > oldest - edge and (not latest or at < latest + edge)


def _micros(ts: str, error: str) -> int:
    if not ts:
        return 0
    whole, _, part = ts.partition(".")
    if not whole.isdigit() or (part and not part.isdigit()):
        raise ApiError(error)
    return int(whole) * 1_000_000 + int(part[:6].ljust(6, "0"))


def _messages(world: World, found: list[Message], limit: int, args: Args) -> Json:
    has_more = len(found) > limit
    shown = _shown(world, found[:limit], args)
    answer: Json = {"messages": shown, "has_more": has_more, "pin_count": 0}
    if has_more:
        cursor = write_cursor("next_ts", found[limit - 1].ts)
        answer["response_metadata"] = {"next_cursor": cursor}
    return answer


def _shown(world: World, found: list[Message], args: Args) -> list[Json]:
    with_metadata = args.flag("include_all_metadata")
    return [message_json(world, one, metadata=with_metadata) for one in found]
