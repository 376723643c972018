"""Putting faults in force and taking them back, for the control API and for the page."""

from __future__ import annotations

import asyncio

from slack_sandbox import socket_mode
from slack_sandbox.faults import Fault
from slack_sandbox.problems import Problem
from slack_sandbox.world import World


async def put_in_force(world: World, wanted: object) -> Fault:
    """Add a fault; one of the instant kind strikes now. Problem names the field at fault."""
    fault = world.faults.add(wanted)
    await _strike_now(world, fault)
    world.changes.publish("fault", id=fault.kind)
    return fault


def take_back(world: World, fault_id: object) -> None:
    """Take one fault back by its number; Problem when none has it."""
    left = [one for one in world.faults.rules if one.id != fault_id]
    if len(left) == len(world.faults.rules):
        raise Problem("remove", f"There is no fault {fault_id!r} in force.")
    world.faults.rules[:] = left
    world.changes.publish("fault")


def take_all_back(world: World) -> None:
    """Take every fault back, and let deaf sockets hear."""
    world.faults.clear()
    for connection in world.sockets.connections:
        connection.deaf_until_s = 0.0
    world.changes.publish("fault")


async def _strike_now(world: World, fault: Fault) -> None:
    sockets = world.sockets
    hit = sockets.connections[: 1 if fault.sockets == "one" else None]
    if fault.kind == "kill_socket":
        for connection in list(hit):
            await socket_mode.kill(world, connection)
    elif fault.kind == "refresh_socket":
        for connection in list(hit):
            ending = socket_mode.refresh(world, connection, warning_s=fault.seconds)
            world.background(ending)
    elif fault.kind == "deaf":
        until_s = asyncio.get_running_loop().time() + (fault.seconds or 1e9)
        for connection in hit:
            connection.deaf_until_s = until_s
    elif fault.kind == "hear":
        for connection in sockets.connections:
            connection.deaf_until_s = 0.0
    elif fault.kind == "skew":
        world.clock.jump(world.clock.time() + fault.seconds)
