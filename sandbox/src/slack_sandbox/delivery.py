"""Getting a payload to an app, by socket or by HTTP, through whatever faults are in force."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

from slack_sandbox.faults import PAYLOAD_KINDS
from slack_sandbox.records import App, Json
from slack_sandbox.world import World

ACK_WITHIN_S = 3.0
HELD_AT_MOST_S = 1.0

Channel = Literal["events_api", "interactive", "slash_commands"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Something for an app. ``name`` is what faults and logs call it: an event's type, a
    command, or the type of an interaction."""

    kind: Channel
    name: str
    body: Json
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """How the app answered; ``ms`` is real time. ``reason`` is Slack's word for a failure."""

    acked: bool
    ms: float
    body: Any = None
    reason: str | None = None
    retry: bool = True


async def deliver(
    world: World, app: App, payload: Payload, *, retry: int = 0, retry_reason: str | None = None
) -> Ack:
    """Send ``payload`` and wait 3 real seconds at most for the app to acknowledge it."""
    struck = world.faults.draw(payload.name, PAYLOAD_KINDS)
    if struck:
        world.changes.publish("fault", id=struck.kind)
    if struck and struck.kind == "lose":
        return Ack(acked=False, ms=0.0, reason="timeout")
    if struck and struck.kind == "reorder":
        await _hold(world)
    if struck and struck.kind == "duplicate":
        world.clock.spawn(_send(world, app, payload, retry, retry_reason))
    ack = await _send(world, app, payload, retry, retry_reason)
    for held in world.held:
        held.set()
    world.held.clear()
    return ack


async def _send(
    world: World, app: App, payload: Payload, retry: int, retry_reason: str | None
) -> Ack:
    if app.mode == "http":
        return await world.http.send(app, payload, retry=retry, retry_reason=retry_reason)
    return await world.sockets.send(app, payload, retry=retry, retry_reason=retry_reason)


async def _hold(world: World) -> None:
    """Wait until another payload has gone by, or a second has."""
    held = asyncio.Event()
    world.held.append(held)
    try:
        async with asyncio.timeout(HELD_AT_MOST_S):
            await held.wait()
    except TimeoutError:
        return
