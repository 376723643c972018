"""Which Socket Mode connections there are, and how long they live."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket

from slack_sandbox.records import Json

TICKET_LASTS_S = 60.0
WARNING_S = 10.0


@dataclass(slots=True, eq=False)
class Connection:
    """One socket; it takes no new payloads once it is ``leaving``."""

    socket: WebSocket
    app_id: str
    number: int
    leaving: bool = False
    deaf_until_s: float = 0.0
    sent: int = 0
    pending: dict[str, asyncio.Future[Any]] = field(default_factory=dict)

    @property
    def is_deaf(self) -> bool:
        """Whether what is sent here is lost, though the socket looks alive."""
        return time.monotonic() < self.deaf_until_s


@dataclass(slots=True)
class Sockets:
    """All open connections of all apps.

    Each is closed ``refresh_after_s`` virtual seconds after it opened, as Slack does, and warned
    ``warning_s`` before; None lets them live for ever.
    """

    connections: list[Connection] = field(default_factory=list)
    ever_connected: set[str] = field(default_factory=set)
    refresh_after_s: float | None = None
    warning_s: float = WARNING_S
    _tickets: dict[str, tuple[str, float]] = field(default_factory=dict)
    _opened: int = 0
    _turn: int = 0

    def add_ticket(self, value: str, app_id: str) -> None:
        """Let whoever shows ``value`` within a minute open one connection of an app."""
        self._tickets[value] = (app_id, time.monotonic() + TICKET_LASTS_S)

    def use_ticket(self, value: str) -> str | None:
        """Return the app that may connect with this ticket and use it up; None for a bad one."""
        app_id, until_s = self._tickets.pop(value, ("", 0.0))
        return app_id if time.monotonic() <= until_s else None

    def add(self, socket: WebSocket, app_id: str) -> Connection:
        """Keep a connection that has been accepted."""
        self._opened += 1
        self.ever_connected.add(app_id)
        connection = Connection(socket, app_id, self._opened)
        self.connections.append(connection)
        return connection

    def forget(self, connection: Connection) -> None:
        """Drop a connection, and fail whatever waits for an answer on it."""
        if connection in self.connections:
            self.connections.remove(connection)
        for answer in connection.pending.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the socket closed"))

    def of(self, app_id: str) -> list[Connection]:
        """Return the connections of an app that take payloads."""
        return [one for one in self.connections if one.app_id == app_id and not one.leaving]

    def choose(self, app_id: str) -> Connection | None:
        """Return the connection whose turn it is, None when the app has none."""
        open_ones = self.of(app_id)
        if not open_ones:
            return None
        self._turn += 1
        return open_ones[self._turn % len(open_ones)]

    def report(self) -> Json:
        """Return how connections live, and the open ones."""
        return {
            "refresh_after_s": self.refresh_after_s,
            "warning_s": self.warning_s,
            "connections": [
                {"app_id": one.app_id, "number": one.number, "sent": one.sent, "deaf": one.is_deaf}
                for one in self.connections
            ],
        }
