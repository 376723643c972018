"""The messages of a conversation as rows for the page."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from markupsafe import Markup

from slack_sandbox.page import blocks, mrkdwn
from slack_sandbox.page.dates import clock_time, day_heading, long_date
from slack_sandbox.page.directory import Directory
from slack_sandbox.page.markup import link, tag
from slack_sandbox.page.names import colour_of, initials
from slack_sandbox.page.shape import as_list, as_text, text_of
from slack_sandbox.page.surface import Surface
from slack_sandbox.world import Channel, Message, World

# Messages of one author within this time stand under one name.
_TOGETHER_S = 300
MESSAGES_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One message as it is shown; ``hash`` changes when its look does."""

    ts: str
    author: str
    author_id: str
    initials: str
    colour: int
    is_app: bool
    time: str
    long_time: str
    iso: str
    day: str | None
    compact: bool
    body: Markup
    ephemeral: bool
    edited: bool
    replies: int
    last_reply: str
    reactions: list[tuple[Markup, int, str]] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    is_new: bool = False
    source: str | None = None
    deletable: bool = False
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What rows are made from: the world, a conversation in it, and the names for a viewer."""

    world: World
    channel: Channel
    names: Directory

    def visible(self, message: Message) -> bool:
        """Say whether the viewer sees a message at all."""
        return not message.deleted and message.ephemeral_to in (None, self.names.viewer)


def main_messages(scene: Scene) -> list[Message]:
    """Return what stands in the conversation itself: no replies, unless sent to it as well."""
    return [
        message
        for message in scene.channel.messages.values()
        if scene.visible(message) and (message.thread_ts in (None, message.ts) or message.broadcast)
    ]


def thread_messages(scene: Scene, parent_ts: str) -> list[Message]:
    """Return a thread: its parent first."""
    found = [scene.channel.messages.get(parent_ts)]
    found += [m for m in scene.channel.messages.values() if m.thread_ts == parent_ts]
    unique = {message.ts: message for message in found if message and scene.visible(message)}
    return list(unique.values())


def rows(
    scene: Scene,
    messages: Iterable[Message],
    *,
    new_since: str | None = None,
    in_thread: bool = False,
) -> list[Row]:
    """Return the rows of messages, oldest first; ``new_since`` is the last ts read before."""
    made: list[Row] = []
    previous: Message | None = None
    marked = False
    for message in messages:
        is_new = (
            new_since is not None
            and not marked
            and float(message.ts) > float(new_since)
            and message.user != scene.names.viewer
        )
        marked = marked or is_new
        made.append(_row(scene, message, previous, is_new=is_new, in_thread=in_thread))
        previous = message
    return made


def _row(
    scene: Scene, message: Message, previous: Message | None, *, is_new: bool, in_thread: bool
) -> Row:
    moment = _moment(message, scene.names)
    before = _moment(previous, scene.names) if previous else None
    name, author_id, is_app = author(scene, message)
    replies = [] if in_thread else _replies(scene, message)
    new_day = before is None or before.date() != moment.date()
    today = scene.names.now.astimezone(moment.tzinfo)
    compact = not is_new and not new_day and _belongs(message, previous)
    reactions = _reactions(scene, message)
    shown = {
        "message": [message.text, message.blocks, message.attachments, message.edited],
        "state": message.state.get(scene.names.viewer or ""),
        "around": [compact, is_new, len(replies), name, day_heading(moment, today)],
        "more": [message.reactions, message.files, scene.names.zone],
    }
    return Row(
        ts=message.ts,
        author=name,
        author_id=author_id,
        initials=initials(name),
        colour=colour_of(author_id),
        is_app=is_app,
        time=clock_time(moment),
        long_time=f"{long_date(moment)}, {clock_time(moment)}",
        iso=moment.isoformat(),
        day=day_heading(moment, today) if new_day else None,
        compact=compact,
        body=body(message, scene.names, prefix="t" if in_thread else "m"),
        ephemeral=message.ephemeral_to is not None,
        edited=message.edited is not None,
        replies=len(replies),
        last_reply=clock_time(_moment(replies[-1], scene.names)) if replies else "",
        reactions=reactions,
        files=_files(scene, message),
        is_new=is_new,
        source=_source(scene, message),
        deletable=_deletable(scene, message),
        hash=blocks.fingerprint(shown),
    )


def _source(scene: Scene, message: Message) -> str | None:
    """Return what the viewer typed, to be changed; None when the message is not theirs."""
    if message.user != scene.names.viewer or message.bot_id or message.ephemeral_to:
        return None
    return html.unescape(re.sub(r"<!(channel|here|everyone)>", r"@\1", message.text))


def _deletable(scene: Scene, message: Message) -> bool:
    viewer = scene.world.users.get(scene.names.viewer or "")
    return bool(viewer and (viewer.is_admin or viewer.id in (message.user, message.ephemeral_to)))


def _moment(message: Message, names: Directory) -> datetime:
    return names.local(float(message.ts)) or names.now


def _belongs(message: Message, previous: Message | None) -> bool:
    """Say whether a message stands under the name of the one before it."""
    if previous is None or message.ephemeral_to or previous.ephemeral_to or previous.subtype:
        return False
    same = (message.user, message.bot_id, message.username) == (
        previous.user,
        previous.bot_id,
        previous.username,
    )
    return same and float(message.ts) - float(previous.ts) < _TOGETHER_S


def author(scene: Scene, message: Message) -> tuple[str, str, bool]:
    """Return an author's name, id, and whether it is an app."""
    identity = message.user or message.bot_id or ""
    user = scene.world.users.get(message.user or "")
    is_app = bool(message.bot_id or (user and user.is_bot))
    name = message.username or scene.names.users.get(identity) or "Slackbot"
    return name, identity or "slackbot", is_app


def _replies(scene: Scene, message: Message) -> list[Message]:
    stamps = scene.channel.threads.get(message.ts, [])
    found = [scene.channel.messages.get(ts) for ts in stamps]
    return [reply for reply in found if reply and scene.visible(reply)]


def _reactions(scene: Scene, message: Message) -> list[tuple[Markup, int, str]]:
    shown = []
    for name, users in message.reactions.items():
        who = ", ".join(scene.names.users.get(user, user) for user in users)
        shown.append((mrkdwn.emoji_image(name), len(users), who))
    return shown


def _files(scene: Scene, message: Message) -> list[tuple[str, str]]:
    found = [scene.world.files.get(file_id) for file_id in message.files]
    return [(f"/files/{file.id}", file.title or file.name) for file in found if file]


def body(message: Message, names: Directory, *, prefix: str = "m") -> Markup:
    """Return a message's content: its blocks, or its text when it has none."""
    surface = Surface(
        kind="message",
        names=names,
        prefix=f"{prefix}{message.ts.replace('.', '-')}",
        state=message.state.get(names.viewer or "", {}),
    )
    inner = blocks.render(message.blocks, surface)
    if not message.blocks:
        inner = tag("div", {"class": "text"}, mrkdwn.render(message.text, names))
    for number, attachment in enumerate(message.attachments):
        inner += _attachment(attachment, surface, number)
    return inner


def _attachment(attachment: Mapping[str, Any], surface: Surface, number: int) -> Markup:
    """Return a secondary attachment: its blocks, or its title, text and fields."""
    nested = Surface(
        kind="message",
        names=surface.names,
        prefix=f"{surface.prefix}-a{number}",
        state=surface.state,
    )
    parts = [blocks.render(as_list(attachment.get("blocks")), nested)]
    title = as_text(attachment.get("title"))
    if title:
        parts.append(tag("strong", None, link(attachment.get("title_link"), title)))
    parts.extend(
        mrkdwn.render(as_text(attachment[name]), surface.names)
        for name in ("pretext", "text")
        if attachment.get(name)
    )
    for item in as_list(attachment.get("fields")):
        heading = tag("strong", None, as_text(item.get("title")))
        value = mrkdwn.render(as_text(item.get("value")), surface.names)
        parts.append(tag("div", {"class": "field"}, heading, value))
    if not any(parts):
        parts.append(mrkdwn.plain(as_text(attachment.get("fallback"))))
    return tag("div", {"class": "attachment"}, *parts)


def searchable(message: Message, names: Directory) -> str:
    """Return all text of a message as one plain line."""
    texts = [message.text, *_texts(message.blocks)]
    return " ".join(mrkdwn.as_text(text, names) for text in dict.fromkeys(texts) if text)


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield text_of(value)
        for inner in value.values():
            yield from _texts(inner)
