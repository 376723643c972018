"""Getting a payload to an app, by its transport, through whatever faults are in force."""

from __future__ import annotations

import asyncio

from slack_sandbox.faults import PAYLOAD_KINDS
from slack_sandbox.payloads import Ack, Payload
from slack_sandbox.records import App
from slack_sandbox.world import World

HELD_AT_MOST_S = 1.0


async def deliver(world: World, app: App, payload: Payload) -> Ack:
    """Send ``payload`` and wait 3 real seconds at most for the app to acknowledge it."""
    send = world.transports[app.mode]
    struck = world.faults.draw(payload.name, PAYLOAD_KINDS)
    if struck:
        world.changes.publish("fault", id=struck.kind)
    if struck and struck.kind == "lose":
        return Ack(acked=False, ms=0.0, reason="timeout")
    if struck and struck.kind == "reorder":
        await _hold(world)
    if struck and struck.kind == "duplicate":
        world.clock.spawn(send(app, payload))
    ack = await send(app, payload)
    for held in world.held:
        held.set()
    world.held.clear()
    return ack


async def _hold(world: World) -> None:
    """Wait until another payload has gone by, or a second has."""
    held = asyncio.Event()
    world.held.append(held)
    try:
        async with asyncio.timeout(HELD_AT_MOST_S):
            await held.wait()
    except TimeoutError:
        return
