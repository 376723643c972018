"""Socket Mode: up to ten connections for an app, each payload to one of them.

docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from slack_sandbox import jsons
from slack_sandbox.payloads import ACK_WITHIN_S, Ack, Payload
from slack_sandbox.problems import Problem
from slack_sandbox.records import App, Json
from slack_sandbox.sockets import WARNING_S, Connection
from slack_sandbox.world import World

MOST_CONNECTIONS = 10
REFRESH_AFTER_S = 18_060
MOST_ACK_BYTES = 1_000_000
# How a connection ends when the other side is gone.
_GONE = (WebSocketDisconnect, RuntimeError, OSError)


async def handle(world: World, socket: WebSocket) -> None:
    """Serve one connection until it closes."""
    sockets = world.sockets
    app_id = sockets.use_ticket(socket.query_params.get("ticket", ""))
    if app_id is None or app_id not in world.apps:
        await socket.close(code=1008)
        return
    await socket.accept()
    if len(sockets.of(app_id)) >= MOST_CONNECTIONS:
        await socket.send_text(_disconnect("too_many_websockets"))
        await socket.close()
        return
    connection = sockets.add(socket, app_id)
    _refresh_later(world, connection)
    try:
        await socket.send_text(_hello(world, connection))
        await _listen(connection)
    except _GONE:
        pass
    finally:
        sockets.forget(connection)


async def send(world: World, app: App, payload: Payload) -> Ack:
    """Send a payload to one connection and wait for its acknowledgement."""
    started = time.perf_counter()
    connection = world.sockets.choose(app.app_id)
    if connection is None:
        return Ack(acked=False, ms=0.0, reason="connection_failed")
    envelope_id = world.ids.uuid()
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    connection.pending[envelope_id] = answer
    connection.sent += 1
    body, reason = None, None
    try:
        if not connection.is_deaf:
            await connection.socket.send_text(_envelope(envelope_id, payload))
        async with asyncio.timeout(ACK_WITHIN_S):
            body = await answer
    except TimeoutError:
        reason = "timeout"
    except _GONE:
        reason = "connection_failed"
    finally:
        connection.pending.pop(envelope_id, None)
    ms = (time.perf_counter() - started) * 1000
    return Ack(acked=reason is None, ms=ms, body=body, reason=reason)


async def refresh(world: World, connection: Connection, *, warning_s: float = WARNING_S) -> None:
    """Warn that the connection will close, then close it, as Slack does every few hours."""
    await _tell(connection, _disconnect("warning"))
    await asyncio.sleep(warning_s)
    await _end(world, connection)


def refresh_every(world: World, after_s: float | None, *, warning_s: float = WARNING_S) -> None:
    """Close each connection ``after_s`` virtual seconds after it opened, as Slack does.

    The app is warned ``warning_s`` virtual seconds before. None: connections live for ever.
    Problem for a life that is no longer than the warning.
    """
    if after_s is not None and not 0 <= warning_s < after_s:
        raise Problem("refresh_after_s", "A connection lives longer than its warning.")
    sockets = world.sockets
    sockets.refresh_after_s, sockets.warning_s = after_s, warning_s
    for connection in sockets.connections:
        _refresh_later(world, connection)


async def kill(world: World, connection: Connection) -> None:
    """Close a connection without a word."""
    connection.leaving = True
    world.sockets.forget(connection)
    try:
        if connection.socket.application_state is WebSocketState.CONNECTED:
            await connection.socket.close()
    except (RuntimeError, OSError):
        return


async def kill_all(world: World) -> None:
    """Close every connection."""
    for connection in list(world.sockets.connections):
        await kill(world, connection)


def _refresh_later(world: World, connection: Connection) -> None:
    sockets = world.sockets
    after_s, warning_s = sockets.refresh_after_s, sockets.warning_s
    if after_s is None:
        return

    async def warn() -> None:
        if connection in sockets.connections and sockets.refresh_after_s == after_s:
            await _tell(connection, _disconnect("warning"))
            world.clock.call_later(warning_s, end)

    async def end() -> None:
        if connection in sockets.connections:
            await _end(world, connection)

    world.clock.call_later(after_s - warning_s, warn)


async def _end(world: World, connection: Connection) -> None:
    connection.leaving = True
    await _tell(connection, _disconnect("refresh_requested"))
    await kill(world, connection)


async def _listen(connection: Connection) -> None:
    while True:
        try:
            text = await connection.socket.receive_text()
        except KeyError:
            continue  # a binary frame; Slack has no use for one either
        if len(text) > MOST_ACK_BYTES:
            continue
        _take_ack(connection, text)


def _take_ack(connection: Connection, text: str) -> None:
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


def _hello(world: World, connection: Connection) -> str:
    lives_s = int(world.sockets.refresh_after_s or REFRESH_AFTER_S)
    return json.dumps(
        {
            "type": "hello",
            "num_connections": len(world.sockets.of(connection.app_id)),
            "debug_info": {
                "host": f"sandbox-{connection.number}",
                "build_number": 1,
                "approximate_connection_time": lives_s,
            },
            "connection_info": {"app_id": connection.app_id},
        }
    )


def _envelope(envelope_id: str, payload: Payload) -> str:
    envelope: Json = {
        "envelope_id": envelope_id,
        "type": payload.kind,
        "accepts_response_payload": payload.kind != "events_api",
        "payload": payload.body,
    }
    if payload.kind == "events_api":
        retry = {"retry_attempt": payload.retry, "retry_reason": payload.retry_reason or ""}
        envelope |= retry
    return json.dumps(envelope)


def _disconnect(reason: str) -> str:
    return json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})


async def _tell(connection: Connection, text: str) -> None:
    try:
        await connection.socket.send_text(text)
    except _GONE:
        return
