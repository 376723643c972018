"""Messages: posting, changing and deleting them, and telling the apps in the channel."""

from __future__ import annotations

import re
from typing import Any

from slack_sandbox.events import channel_type, emit
from slack_sandbox.records import App, Channel, Json, Message
from slack_sandbox.shapes import message_json
from slack_sandbox.world import World

_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")


def post(world: World, channel: Channel, **fields: Any) -> Message:
    """Put a message into a channel, with the next timestamp, and tell whoever should know."""
    message = Message(ts=world.next_ts(channel), channel_id=channel.id, **fields)
    channel.messages[message.ts] = message
    parent = channel.messages.get(message.thread_ts or "")
    if parent and not message.ephemeral_to:
        if parent.thread_ts:
            message.thread_ts = parent.thread_ts
        channel.threads.setdefault(message.thread_ts or "", []).append(message.ts)
    _changed(world, channel, message)
    if not message.ephemeral_to:
        _tell_apps(world, channel, message, lambda: _posted(world, channel, message))
    return message


def change(world: World, channel: Channel, message: Message, **fields: Any) -> None:
    """Change a message's content and mark it as edited."""
    before = message_json(world, message)
    for name, value in fields.items():
        setattr(message, name, value)
    message.edited = {"user": message.user, "ts": f"{int(world.clock.time())}.000000"}
    _changed(world, channel, message)
    if message.ephemeral_to:
        return

    def event() -> Json:
        return _meta(world, channel, "message_changed") | {
            "message": message_json(world, message),
            "previous_message": before,
        }

    _tell_apps(world, channel, message, event)


def delete(world: World, channel: Channel, message: Message) -> None:
    """Take a message away."""
    before = message_json(world, message)
    message.deleted = True
    del channel.messages[message.ts]
    replies = channel.threads.get(message.thread_ts or "")
    if replies and message.ts in replies:
        replies.remove(message.ts)
    _changed(world, channel, message)
    if not message.ephemeral_to:
        _tell_apps(
            world,
            channel,
            message,
            lambda: (
                _meta(world, channel, "message_deleted")
                | {"deleted_ts": before["ts"], "previous_message": before}
            ),
        )


def escape_sent(text: str) -> str:
    """Return what Slack stores of text that an app sends: a bare ampersand is escaped."""
    return _BARE_AMPERSAND.sub("&amp;", text) if "&" in text else text


def _changed(world: World, channel: Channel, message: Message) -> None:
    world.changes.publish(
        "message",
        team=channel.team_id,
        channel=channel.id,
        user=message.ephemeral_to,
        id=message.ts,
    )


def _tell_apps(world: World, channel: Channel, message: Message, event: Any) -> None:
    made: Json | None = None
    for app in world.apps_in(channel.team_id):
        if not _hears(app, channel, message):
            continue
        made = made or event()
        emit(world, channel.team_id, made, app=app)
        _tell_mention(world, app, channel, message, made)


def _hears(app: App, channel: Channel, message: Message) -> bool:
    if app.installations[channel.team_id].bot_user_id not in channel.members:
        return False
    # Without a manifest an app is spared the echo of its own messages.
    return app.events is not None or message.app_id != app.app_id


def _tell_mention(world: World, app: App, channel: Channel, message: Message, event: Json) -> None:
    bot = app.installations[channel.team_id].bot_user_id
    if channel.is_im or "subtype" in event or f"<@{bot}>" not in message.text:
        return
    mention = {k: v for k, v in event.items() if k != "channel_type"} | {"type": "app_mention"}
    emit(world, channel.team_id, mention, app=app)


def _posted(world: World, channel: Channel, message: Message) -> Json:
    return message_json(world, message) | {
        "channel": channel.id,
        "event_ts": message.ts,
        "channel_type": channel_type(channel),
    }


def _meta(world: World, channel: Channel, subtype: str) -> Json:
    return {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": channel.id,
        "channel_type": channel_type(channel),
        "ts": f"{world.clock.time():.6f}",
        "event_ts": f"{world.clock.time():.6f}",
    }
