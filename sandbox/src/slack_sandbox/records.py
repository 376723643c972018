"""The things in a workspace, as plain records.

They change while the world runs, so they are not frozen; only the modules of this package
that are named after a thing change it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]


@dataclass(slots=True)
class Workspace:
    """A Slack team."""

    team_id: str
    name: str
    domain: str
    # The Enterprise organization that the workspace belongs to, "" for none.
    enterprise_id: str = ""
    enterprise_name: str = ""

    @property
    def enterprise(self) -> Json | None:
        """The organization as interaction payloads carry it."""
        if not self.enterprise_id:
            return None
        return {"id": self.enterprise_id, "name": self.enterprise_name or self.enterprise_id}


@dataclass(slots=True, kw_only=True)
class User:
    """A person, or an app's bot user; ids are unique over all workspaces."""

    id: str
    team_id: str
    name: str
    real_name: str
    display_name: str = ""
    email: str = ""
    title: str = ""
    tz: str = "Etc/UTC"
    locale: str = "en-US"
    deleted: bool = False
    is_bot: bool = False
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    # Why conversations.invite refuses this person, where nothing else tells; "" for nothing.
    invite_error: str = ""
    status_text: str = ""
    status_emoji: str = ""
    status_expiration_s: int = 0
    app_id: str | None = None
    bot_id: str | None = None
    updated_s: int = 0

    @property
    def is_guest(self) -> bool:
        """Whether this is a guest, of one channel or of several."""
        return self.is_restricted or self.is_ultra_restricted

    def tz_offset_s(self, at: datetime) -> int:
        """Return the seconds by which this person's zone is ahead of UTC at ``at``."""
        offset = at.astimezone(ZoneInfo(self.tz)).utcoffset()
        return int(offset.total_seconds()) if offset else 0


@dataclass(slots=True, kw_only=True)
class Message:
    """A message; ``ephemeral_to`` names the one person who sees it, if it is ephemeral."""

    ts: str
    channel_id: str
    text: str = ""
    user: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    username: str | None = None
    icon_emoji: str | None = None
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    thread_ts: str | None = None
    broadcast: bool = False
    metadata: Json | None = None
    ephemeral_to: str | None = None
    subtype: str | None = None
    edited: Json | None = None
    deleted: bool = False
    client_msg_id: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    # What each person has chosen in the message's inputs: user → block_id → action_id → state.
    state: dict[str, dict[str, Json]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel, private channel, DM or group DM; ``messages`` is by ts, oldest first."""

    id: str
    team_id: str
    name: str
    created_s: int
    creator: str = ""
    is_private: bool = False
    is_im: bool = False
    is_mpim: bool = False
    is_general: bool = False
    # Whether guests may be invited.
    guests: bool = True
    archived: bool = False
    topic: str = ""
    purpose: str = ""
    previous_names: list[str] = field(default_factory=list)
    # Other workspaces that the channel is shared with, over Slack Connect.
    shared_with: list[str] = field(default_factory=list)
    # Sets that keep the order in which people joined; the values mean nothing.
    members: dict[str, None] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    threads: dict[str, list[str]] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)
    last_us: int = 0

    @property
    def teams(self) -> list[str]:
        """The workspaces whose people may be in it, the one that owns it first."""
        return [self.team_id, *self.shared_with]


@dataclass(slots=True, kw_only=True)
class View:
    """An open modal or a published Home tab; ``state`` is block_id → action_id → state."""

    id: str
    hash: str
    user: str
    team_id: str
    app_id: str
    type: str
    payload: Json
    root_view_id: str
    previous_view_id: str | None = None
    state: dict[str, dict[str, Json]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Installation:
    """An app in one workspace."""

    team_id: str
    bot_user_id: str
    bot_id: str
    bot_token: str
    scopes: frozenset[str] | None = None
    installer: str = ""
    refresh_token: str | None = None
    expires_s: float | None = None


@dataclass(slots=True)
class Command:
    """A slash command of an app; ``url`` is used in HTTP mode only."""

    command: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False
    url: str | None = None


@dataclass(slots=True, kw_only=True)
class App:
    """An app and where it is installed.

    ``scopes`` and ``events`` are None until a manifest says what they are: then every scope
    counts as granted, and every event is sent except the app's own messages.
    """

    app_id: str
    name: str
    app_token: str
    signing_secret: str
    client_id: str
    client_secret: str
    mode: str = "socket"
    manifest: Json = field(default_factory=dict)
    commands: dict[str, Command] = field(default_factory=dict)
    shortcuts: list[Json] = field(default_factory=list)
    scopes: frozenset[str] | None = None
    events: frozenset[str] | None = None
    request_urls: dict[str, str] = field(default_factory=dict)
    redirect_urls: list[str] = field(default_factory=list)
    home_tab: bool = True
    messages_tab: bool = True
    messages_tab_read_only: bool = False
    token_rotation: bool = False
    # The address at which the app reaches the sandbox; it is told others under it.
    base_url: str | None = None
    installations: dict[str, Installation] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Token:
    """What a token stands for; ``kind`` is bot, app or user."""

    value: str
    kind: str
    app_id: str
    team_id: str | None = None
    user_id: str | None = None
    scopes: frozenset[str] | None = None
    expires_s: float | None = None


@dataclass(slots=True, kw_only=True)
class Trigger:
    """A trigger id: usable once, until 3 s have passed by the real and the virtual clock."""

    id: str
    app_id: str
    team_id: str
    user: str
    real_until_s: float
    virtual_until_s: float
    view_id: str | None = None
    used: bool = False


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """Where an app may answer an interaction: 5 times within 30 minutes."""

    id: str
    app_id: str
    team_id: str
    user: str
    channel_id: str
    until_s: float
    ts: str | None = None
    thread_ts: str | None = None
    ephemeral: bool = False
    uses_left: int = 5


@dataclass(slots=True, kw_only=True)
class File:
    """An uploaded file; invisible until its upload is completed."""

    id: str
    team_id: str
    user: str
    name: str
    title: str = ""
    content: bytes = b""
    size_bytes: int = 0
    created_s: int = 0
    mimetype: str = "application/octet-stream"
    alt_text: str = ""
    complete: bool = False
    uploaded: bool = False
    deleted: bool = False
    channels: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class UserGroup:
    """A user group such as @mentors."""

    id: str
    team_id: str
    handle: str
    name: str
    description: str = ""
    created_s: int = 0
    updated_s: int = 0
    disabled_s: int = 0
    members: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One Web API call as the sandbox saw it; ``at`` is virtual, ``ms`` real."""

    id: int
    method: str
    team_id: str | None
    args: Json
    answer: Json
    status: int
    at_s: float
    ms: float


@dataclass(frozen=True, slots=True)
class Hint:
    """One line: mrkdwn, and what the link behind it says and opens, if it leads anywhere.

    ``place`` is ``home`` or ``messages`` of the first app, ``#a-channel``, or an id.
    """

    text: str
    place: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Hints:
    """The lines for one person, and what is said about the person among others."""

    about: str
    lines: tuple[Hint, ...]
