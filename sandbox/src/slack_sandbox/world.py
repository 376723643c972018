"""The state of the sandbox, and the ways to look things up in it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

from slack_sandbox.changes import Change, Changes
from slack_sandbox.clock import Clock
from slack_sandbox.faults import Faults
from slack_sandbox.followers import Followers
from slack_sandbox.ids import Ids
from slack_sandbox.limits import Limits
from slack_sandbox.payloads import Transport
from slack_sandbox.problems import Problem
from slack_sandbox.records import (
    App,
    Call,
    Channel,
    Command,
    File,
    Hints,
    Installation,
    Json,
    Message,
    ResponseUrl,
    Token,
    Trigger,
    User,
    UserGroup,
    View,
    Workspace,
)
from slack_sandbox.sockets import Sockets

__all__ = [
    "App",
    "Call",
    "Change",
    "Channel",
    "Command",
    "File",
    "Installation",
    "Json",
    "Message",
    "ResponseUrl",
    "Token",
    "Trigger",
    "User",
    "UserGroup",
    "View",
    "Workspace",
    "World",
]

CALLS_KEPT = 50_000


class World:
    """Everything there is: several workspaces, their people, the apps in them, and one clock.

    ``hosts`` are the names under which it may be asked.
    ``transports`` are handed to it by the server that it lives in: an app's mode → its transport.
    """

    def __init__(self, *, seed: int = 0, start: datetime | None = None, rate: float = 1.0) -> None:
        self.seed = seed
        self.base_url = "http://127.0.0.1"
        self.hosts = {"127.0.0.1", "localhost", "::1"}
        self.clock = Clock(start=start, rate=rate)
        self.changes = Changes()
        self.followers = Followers(self.clock)
        self.limits = Limits(self.clock)
        self.faults = Faults(seed)
        self.sockets = Sockets()
        self.transports: dict[str, Transport] = {}
        self.closing = asyncio.Event()
        self._tasks: set[asyncio.Future[object]] = set()
        self._announce_clock()
        self.empty()

    def empty(self) -> None:
        """Forget everything that was ever created, and start the ids again from the seed."""
        self.ids = Ids(self.seed)
        self.workspaces: dict[str, Workspace] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.channel_names: dict[tuple[str, str], str] = {}
        # DMs and group DMs by the ids of those in them, sorted.
        self.direct: dict[tuple[str, ...], str] = {}
        self.apps: dict[str, App] = {}
        self.tokens: dict[str, Token] = {}
        self.revoked: set[str] = set()
        self.views: dict[str, View] = {}
        # Open modals of a person, the one on top last.
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[tuple[str, str], str] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.files: dict[str, File] = {}
        self.usergroups: dict[str, UserGroup] = {}
        self.oauth_codes: dict[str, Json] = {}
        # By person, what a program proposes to try; and who puts it out of the way.
        self.hints: dict[str, Hints] = {}
        self.hints_hidden: set[str] = set()
        # Those as whom the page was opened, in that order.
        self.visitors: dict[str, None] = {}
        self.calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self.call_count = 0
        self.held: list[asyncio.Event] = []

    def app_in(self, team_id: str, app_id: str | None = None) -> App:
        """Return the app (the first one, if not named) of a workspace; Problem if none is."""
        for app in self.apps.values():
            if team_id in app.installations and app_id in (None, app.app_id):
                return app
        raise Problem("app", f"No app is installed in {team_id}.")

    def apps_in(self, team_id: str) -> list[App]:
        """Return the apps that are installed in a workspace."""
        return [app for app in self.apps.values() if team_id in app.installations]

    def bot(self, app: App, team_id: str) -> User:
        """Return the bot user of an app in a workspace."""
        return self.users[app.installations[team_id].bot_user_id]

    def need_user(self, user_id: object, field: str = "user") -> User:
        """Return a person by id or by name; Problem when there is no such person."""
        found = self.users.get(str(user_id))
        if found is None:
            named = [user for user in self.users.values() if user.name == user_id]
            found = named[0] if len(named) == 1 else None
        if found is None:
            raise Problem(field, f"There is no user {user_id!r}.")
        return found

    def need_channel(
        self, channel_id: object, *, team_id: str | None = None, field: str = "channel"
    ) -> Channel:
        """Return a channel by id, or by ``#name`` in a workspace; Problem when there is none."""
        found = self.channels.get(str(channel_id))
        if found is None and team_id:
            name = str(channel_id).removeprefix("#")
            found = self.channels.get(self.channel_names.get((team_id, name), ""))
        if found is None:
            raise Problem(field, f"There is no channel {channel_id!r}.")
        return found

    def need_view(self, view_id: object, field: str = "view_id") -> View:
        """Return an open view; Problem when it is closed or never was."""
        found = self.views.get(str(view_id))
        if found is None:
            raise Problem(field, f"There is no open view {view_id!r}.")
        return found

    def top_view(self, user_id: str) -> View | None:
        """Return the modal that a person has in front of them, or None."""
        stack = self.stacks.get(user_id)
        return self.views.get(stack[-1]) if stack else None

    def home(self, user_id: str, app_id: str | None = None) -> View | None:
        """Return what an app (the first one, if not named) has published for a person."""
        for (owner, user), view_id in self.homes.items():
            if user == user_id and app_id in (None, owner):
                return self.views.get(view_id)
        return None

    def background(self, work: Coroutine[Any, Any, object]) -> None:
        """Run ``work`` beside everything else; no move of the clock waits for it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def release(self) -> None:
        """Let go of everything that waits, because the server is about to stop."""
        self.closing.set()
        self.followers.release()
        self.changes.close()

    def next_ts(self, channel: Channel) -> str:
        """Return a new timestamp of a channel: the clock's, and always after the last one."""
        channel.last_us = max(channel.last_us + 1, self.clock.micros())
        return f"{channel.last_us // 1_000_000}.{channel.last_us % 1_000_000:06d}"

    def _announce_clock(self) -> None:
        def tell() -> None:
            self.changes.publish("clock", id=str(self.clock.version))

        self.clock.listeners.append(tell)
