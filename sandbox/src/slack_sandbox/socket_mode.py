"""Socket Mode: up to ten connections for an app, each payload to one of them.

docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from slack_sandbox import jsons
from slack_sandbox.problems import Problem
from slack_sandbox.records import App, Json

if TYPE_CHECKING:
    from slack_sandbox.delivery import Ack, Payload
    from slack_sandbox.world import World

MOST_CONNECTIONS = 10
TICKET_LASTS_S = 60.0
REFRESH_AFTER_S = 18_060
WARNING_S = 10.0
MOST_ACK_BYTES = 1_000_000


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


class Sockets:
    """All open connections of all apps."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tickets: dict[str, tuple[str, float]] = {}
        self._turn = 0
        self._opened = 0
        self._refresh_after_s: float | None = None
        self._warning_s = WARNING_S
        self.connections: list[Connection] = []
        self.ever_connected: set[str] = set()

    def ticket(self, app: App) -> str:
        """Return a ticket for one connection; it must be used within a minute."""
        value = self._world.ids.uuid()
        self._tickets[value] = (app.app_id, time.monotonic() + TICKET_LASTS_S)
        return value

    def of(self, app_id: str) -> list[Connection]:
        """Return the connections of an app that take payloads."""
        return [one for one in self.connections if one.app_id == app_id and not one.leaving]

    async def handle(self, socket: WebSocket) -> None:
        """Serve one connection until it closes."""
        app_id, until_s = self._tickets.pop(socket.query_params.get("ticket", ""), ("", 0.0))
        if time.monotonic() > until_s or app_id not in self._world.apps:
            await socket.close(code=1008)
            return
        await socket.accept()
        if len(self.of(app_id)) >= MOST_CONNECTIONS:
            await socket.send_text(_disconnect("too_many_websockets"))
            await socket.close()
            return
        self._opened += 1
        self.ever_connected.add(app_id)
        connection = Connection(socket, app_id, self._opened)
        self.connections.append(connection)
        self._refresh_later(connection)
        try:
            await socket.send_text(self._hello(connection))
            await self._listen(connection)
        except (WebSocketDisconnect, RuntimeError, OSError):
            pass  # the other side is gone; that is how connections end
        finally:
            self._forget(connection)

    async def send(
        self, app: App, payload: Payload, *, retry: int, retry_reason: str | None
    ) -> Ack:
        """Send a payload to one connection and wait for its acknowledgement."""
        from slack_sandbox.delivery import ACK_WITHIN_S, Ack

        started = time.perf_counter()
        connection = self._choose(app.app_id)
        if connection is None:
            return Ack(acked=False, ms=0.0, reason="connection_failed")
        envelope_id = self._world.ids.uuid()
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        connection.pending[envelope_id] = answer
        connection.sent += 1
        body: Any = None
        reason = "timeout"
        try:
            if not connection.is_deaf:
                envelope = _envelope(envelope_id, payload, retry, retry_reason)
                await connection.socket.send_text(envelope)
            async with asyncio.timeout(ACK_WITHIN_S):
                body = await answer
            reason = None  # type: ignore[assignment]
        except TimeoutError:
            pass
        except (WebSocketDisconnect, RuntimeError, OSError, ConnectionError):
            reason = "connection_failed"
        finally:
            connection.pending.pop(envelope_id, None)
        ms = (time.perf_counter() - started) * 1000
        return Ack(acked=reason is None, ms=ms, body=body, reason=reason)

    async def refresh(self, connection: Connection, *, warning_s: float = WARNING_S) -> None:
        """Warn that the connection will close, then close it, as Slack does every few hours."""
        await _tell(connection, _disconnect("warning"))
        await asyncio.sleep(warning_s)
        connection.leaving = True
        await _tell(connection, _disconnect("refresh_requested"))
        await self.kill(connection)

    def refresh_every(self, after_s: float | None, *, warning_s: float = WARNING_S) -> None:
        """Close each connection ``after_s`` virtual seconds after it opened, as Slack does.

        The app is warned ``warning_s`` virtual seconds before. None: connections live for ever.
        Problem for a life that is no longer than the warning.
        """
        if after_s is not None and not 0 <= warning_s < after_s:
            raise Problem("refresh_after_s", "A connection lives longer than its warning.")
        self._refresh_after_s, self._warning_s = after_s, warning_s
        for connection in self.connections:
            self._refresh_later(connection)

    def report(self) -> Json:
        """Return how connections live, and the open ones."""
        return {
            "refresh_after_s": self._refresh_after_s,
            "warning_s": self._warning_s,
            "connections": [
                {"app_id": one.app_id, "number": one.number, "sent": one.sent, "deaf": one.is_deaf}
                for one in self.connections
            ],
        }

    def _refresh_later(self, connection: Connection) -> None:
        after_s, warning_s = self._refresh_after_s, self._warning_s
        if after_s is None:
            return

        async def warn() -> None:
            if connection in self.connections and self._refresh_after_s == after_s:
                await _tell(connection, _disconnect("warning"))
                self._world.clock.call_later(warning_s, end)

        async def end() -> None:
            if connection in self.connections:
                connection.leaving = True
                await _tell(connection, _disconnect("refresh_requested"))
                await self.kill(connection)

        self._world.clock.call_later(after_s - warning_s, warn)

    async def kill(self, connection: Connection) -> None:
        """Close a connection without a word."""
        connection.leaving = True
        self._forget(connection)
        try:
            if connection.socket.application_state is WebSocketState.CONNECTED:
                await connection.socket.close()
        except (RuntimeError, OSError):
            return

    async def kill_all(self) -> None:
        """Close every connection."""
        for connection in list(self.connections):
            await self.kill(connection)

    def _choose(self, app_id: str) -> Connection | None:
        open_ones = self.of(app_id)
        if not open_ones:
            return None
        self._turn += 1
        return open_ones[self._turn % len(open_ones)]

    async def _listen(self, connection: Connection) -> None:
        while True:
            try:
                text = await connection.socket.receive_text()
            except KeyError:
                continue  # a binary frame; Slack has no use for one either
            if len(text) > MOST_ACK_BYTES:
                continue
            _settle(connection, text)

    def _hello(self, connection: Connection) -> str:
        return json.dumps(
            {
                "type": "hello",
                "num_connections": len(self.of(connection.app_id)),
                "debug_info": {
                    "host": f"sandbox-{connection.number}",
                    "build_number": 1,
                    "approximate_connection_time": int(self._refresh_after_s or REFRESH_AFTER_S),
                },
                "connection_info": {"app_id": connection.app_id},
            }
        )

    def _forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        for answer in connection.pending.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the socket closed"))


def _envelope(envelope_id: str, payload: Payload, retry: int, retry_reason: str | None) -> str:
    envelope: Json = {
        "envelope_id": envelope_id,
        "type": payload.kind,
        "accepts_response_payload": payload.kind != "events_api",
        "payload": payload.body,
    }
    if payload.kind == "events_api":
        envelope |= {"retry_attempt": retry, "retry_reason": retry_reason or ""}
    return json.dumps(envelope)


def _disconnect(reason: str) -> str:
    return json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})


async def _tell(connection: Connection, text: str) -> None:
    try:
        await connection.socket.send_text(text)
    except (WebSocketDisconnect, RuntimeError, OSError):
        return


def _settle(connection: Connection, text: str) -> None:
    """Take an acknowledgement; anything else an app sends is ignored, as Slack does."""
    try:
        said = jsons.loads(text)
    except ValueError:
        return
    if not isinstance(said, dict):
        return
    answer = connection.pending.get(str(said.get("envelope_id")))
    if answer and not answer.done():
        answer.set_result(said.get("payload"))
