"""What an app says back to an interaction: in its acknowledgement or at a response URL."""

from __future__ import annotations

from typing import Any

from slack_sandbox import jsons, messages
from slack_sandbox.blockkit import check_message
from slack_sandbox.modals import name_blocks
from slack_sandbox.problems import ApiError
from slack_sandbox.records import App, Channel, Json, Message, ResponseUrl, User
from slack_sandbox.world import World


def from_ack(world: World, app: App, user: User, channel: Channel, said: Any) -> None:
    """Show what a slash command's acknowledgement says, to the person or to the channel."""
    if isinstance(said, str):
        said = {"text": said}
    if not isinstance(said, dict) or not (said.get("text") or said.get("blocks")):
        return
    try:
        _speak(world, app, user.id, channel, said, thread_ts=said.get("thread_ts"))
    except ApiError:
        return  # Slack shows nothing when an answer is malformed


def at_response_url(world: World, entry: ResponseUrl, said: Json) -> None:
    """Do what was posted to a response URL; ApiError when it is used up, late or malformed."""
    if entry.uses_left <= 0:
        raise ApiError("used_url")
    if world.clock.time() > entry.until_s:
        raise ApiError("expired_url")
    channel = world.channels[entry.channel_id]
    app = world.apps[entry.app_id]
    source = channel.messages.get(entry.ts or "")
    if said.get("delete_original"):
        entry.uses_left -= 1
        if source:
            messages.delete(world, channel, source)
        return
    if source and said.get("replace_original", False):
        content = _content(world, app, said)
        entry.uses_left -= 1
        messages.change(world, channel, source, **content)
        return
    thread_ts = said.get("thread_ts") or entry.thread_ts
    _speak(world, app, entry.user, channel, said, thread_ts=thread_ts)
    entry.uses_left -= 1


def _speak(
    world: World, app: App, user_id: str, channel: Channel, said: Json, *, thread_ts: Any
) -> Message:
    kind = said.get("response_type", "ephemeral")
    if kind not in ("ephemeral", "in_channel"):
        raise ApiError("invalid_arguments", messages=["response_type is not one of those known"])
    installation = app.installations[channel.team_id]
    return messages.post(
        world,
        channel,
        user=installation.bot_user_id,
        bot_id=installation.bot_id,
        app_id=app.app_id,
        ephemeral_to=user_id if kind == "ephemeral" else None,
        thread_ts=thread_ts if isinstance(thread_ts, str) else None,
        **_content(world, app, said),
    )


def _content(world: World, app: App, said: Json) -> Json:
    blocks = said.get("blocks") or []
    if isinstance(blocks, str):
        try:
            blocks = jsons.loads(blocks)
        except ValueError:
            raise ApiError("invalid_blocks_format") from None
    text = said.get("text") or ""
    if not text and not blocks and not said.get("attachments"):
        raise ApiError("no_text")
    check_message(blocks)
    return {
        "text": messages.escape_sent(str(text)),
        "blocks": name_blocks(world, blocks),
        "attachments": list(said.get("attachments") or []),
    }
