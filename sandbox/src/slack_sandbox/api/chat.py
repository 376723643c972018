"""``chat.*``: docs.slack.dev/reference/methods."""

from __future__ import annotations

from typing import Any

from slack_sandbox import conversations, messages
from slack_sandbox.api.args import Args
from slack_sandbox.api.registry import Caller, find_channel, method
from slack_sandbox.blockkit import check_message
from slack_sandbox.modals import name_blocks
from slack_sandbox.problems import ApiError
from slack_sandbox.records import Channel, Json, Message
from slack_sandbox.shapes import message_json
from slack_sandbox.world import World

# Longer text is cut, not refused: docs.slack.dev/reference/methods/chat.postMessage.
MOST_TEXT = 40_000
# docs.slack.dev/reference/methods/chat.update says characters; others have measured UTF-8 bytes
# of the text as it is kept (github.com/openclaw/openclaw/pull/115027).
MOST_UPDATED_BYTES = 4_000
MOST_ATTACHMENTS = 100
MOST_METADATA = 16_000


@method("chat.postMessage", "chat:write")
def post_message(world: World, caller: Caller, args: Args) -> Json:
    """Post a message to a channel, or to the DM of a person."""
    channel = _target(world, caller, args.need("channel", "channel_not_found"))
    content = _content(world, args)
    thread_ts = args.text("thread_ts") or None
    broadcast = args.flag("reply_broadcast")
    message = messages.post(
        world,
        channel,
        **_author(caller, args),
        **content,
        thread_ts=_thread(channel, thread_ts),
        broadcast=broadcast,
        metadata=_metadata(args),
        subtype="bot_message" if args.has("username") else None,
    )
    return {
        "channel": channel.id,
        "ts": message.ts,
        "message": message_json(world, message),
    }


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(world: World, caller: Caller, args: Args) -> Json:
    """Show a message to one person in a channel."""
    channel = _target(world, caller, args.need("channel", "channel_not_found"))
    user_id = args.need("user", "user_not_in_channel")
    if user_id not in channel.members:
        raise ApiError("user_not_in_channel")
    message = messages.post(
        world,
        channel,
        **_author(caller, args),
        **_content(world, args),
        ephemeral_to=user_id,
        thread_ts=args.text("thread_ts") or None,
    )
    return {"message_ts": message.ts}


@method("chat.update", "chat:write")
def update(world: World, caller: Caller, args: Args) -> Json:
    """Change one of the app's own messages."""
    channel = find_channel(world, caller, args.need("channel", "channel_not_found"))
    message = _own_message(channel, caller, args, error="cant_update_message")
    if channel.archived:
        raise ApiError("is_inactive")
    if len(messages.escape_sent(args.text("text")).encode()) > MOST_UPDATED_BYTES:
        raise ApiError("msg_too_long")
    content = _content(world, args)
    if args.has("metadata"):
        content["metadata"] = _metadata(args)
    if not args.has("blocks"):
        # Text alone replaces the blocks; Slack keeps them only when told nothing about text.
        content["blocks"] = [] if args.has("text") else message.blocks
    messages.change(world, channel, message, **content)
    shape = message_json(world, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shape}


@method("chat.delete", "chat:write")
def delete(world: World, caller: Caller, args: Args) -> Json:
    """Delete one of the app's own messages."""
    channel = find_channel(world, caller, args.need("channel", "channel_not_found"))
    message = _own_message(channel, caller, args, error="cant_delete_message")
    messages.delete(world, channel, message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.getPermalink")
def get_permalink(world: World, caller: Caller, args: Args) -> Json:
    """Return an address for a message."""
    channel = find_channel(world, caller, args.need("channel", "channel_not_found"))
    ts = args.need("message_ts", "message_not_found")
    if ts not in channel.messages:
        raise ApiError("message_not_found")
    domain = world.workspaces[caller.team_id].domain
    link = f"https://{domain}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


def _target(world: World, caller: Caller, value: str) -> Channel:
    """Return where a message goes; a person's id means their DM with the app.

    Slack takes messages for a deactivated person as well (slackapi/python-slack-sdk issue 1156):
    whether somebody is there is not learned from this.
    """
    user = world.users.get(value)
    if user is not None:
        together = (value, caller.user_id)
        if user.team_id != caller.team_id or user.is_bot:
            raise ApiError("channel_not_found")
        if not caller.app.messages_tab:
            raise ApiError("messages_tab_disabled")
        return conversations.open_direct(world, caller.team_id, together)[0]
    channel = find_channel(world, caller, value)
    if channel.archived:
        raise ApiError("is_archived")
    if channel.is_im and not caller.app.messages_tab:
        raise ApiError("messages_tab_disabled")
    if caller.user_id not in channel.members:
        public = caller.token.scopes is not None and "chat:write.public" in caller.token.scopes
        if not public:
            raise ApiError("not_in_channel")
    return channel


def _content(world: World, args: Args) -> Json:
    text = args.text("text")
    blocks = args.json("blocks", "invalid_blocks_format") or []
    if args.text("markdown_text"):
        if text or blocks:
            raise ApiError("markdown_text_conflict")
        text = args.text("markdown_text")
        blocks = [{"type": "markdown", "text": text}]
    attachments = args.json("attachments") or []
    if not isinstance(attachments, list):
        attachments = []
    if not text and not blocks and not attachments:
        raise ApiError("no_text")
    if len(attachments) > MOST_ATTACHMENTS:
        raise ApiError("too_many_attachments")
    if blocks:
        check_message(blocks)
    return {
        "text": messages.escape_sent(text[:MOST_TEXT]),
        "blocks": name_blocks(world, blocks),
        "attachments": attachments,
    }


def _author(caller: Caller, args: Args) -> Json:
    author: Json = {
        "user": caller.user_id,
        "bot_id": caller.installation.bot_id,
        "app_id": caller.app.app_id,
    }
    if args.has("username") or args.has("icon_emoji"):
        caller.needs("chat:write.customize")
        author |= {
            "username": args.text("username") or None,
            "icon_emoji": args.text("icon_emoji") or None,
        }
    return author


def _thread(channel: Channel, thread_ts: str | None) -> str | None:
    if thread_ts is None:
        return None
    parent = channel.messages.get(thread_ts)
    if parent is None:
        # Slack takes a thread_ts of nothing and starts a thread without a parent.
        return thread_ts
    if parent.ephemeral_to:
        raise ApiError("cannot_reply_to_message")
    return thread_ts


def _metadata(args: Args) -> Json | None:
    value: Any = args.json("metadata", "invalid_metadata_format")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ApiError("invalid_metadata_format")
    if not value:
        return None
    kind, payload = value.get("event_type"), value.get("event_payload")
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict):
        raise ApiError("invalid_metadata_schema")
    if len(str(value)) > MOST_METADATA:
        raise ApiError("metadata_too_large")
    return {"event_type": kind, "event_payload": payload}


def _own_message(channel: Channel, caller: Caller, args: Args, *, error: str) -> Message:
    message = channel.messages.get(args.need("ts", "message_not_found"))
    if message is None or message.ephemeral_to:
        raise ApiError("message_not_found")
    if message.app_id != caller.app.app_id:
        raise ApiError(error)
    return message
