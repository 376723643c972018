"""The clock, by the control API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.routing import BaseRoute

from slack_sandbox.control.wire import gets, long_poll, number, posts, take, whole
from slack_sandbox.followers import Travel
from slack_sandbox.problems import Problem
from slack_sandbox.records import Json
from slack_sandbox.travel import DEFAULT_WAIT_S, move_clock
from slack_sandbox.world import World

_WAYS = ("advance_s", "to", "rate", "next")


def routes(world: World) -> list[BaseRoute]:
    """Return the routes of the clock and of those who follow it."""
    return [
        *gets(world, {"/clock": _now}),
        *posts(world, {"/clock": _clock}),
        long_poll(world, "/follow", _follow),
    ]


async def _clock(world: World, body: Json) -> Json:
    fields = take(body, [], [*_WAYS, "step", "wait_s"])
    ways = [way for way in _WAYS if way in fields]
    if not ways:
        raise Problem("advance_s", "Say one of advance_s, to, rate or next.")
    if len(ways) > 1 and set(ways) != {"rate", ways[0]} and set(ways) != {"rate", ways[1]}:
        raise Problem(ways[1], "Say only one of advance_s, to and next.")
    if "rate" in fields:
        world.clock.set_rate(number(fields["rate"], "rate"))
    travel = Travel(True, 0)
    if ways != ["rate"]:
        travel = await _travel(world, fields)
    return {**world.followers.state(), "settled": travel.settled, "steps": travel.steps}


async def _now(world: World, query: Json) -> Json:
    take(query, [])
    return world.followers.state()


async def _follow(world: World, body: Json) -> Json:
    fields = take(body, ["follower"], ["seen", "wakes_at"])
    wakes_at = fields.get("wakes_at")
    return await world.followers.follow(
        str(fields["follower"]),
        seen=whole(fields.get("seen", 0), "seen"),
        wakes_at_s=None if wakes_at is None else _moment(wakes_at, "wakes_at"),
    )


async def _travel(world: World, fields: Json) -> Travel:
    step = fields.get("step", True)
    if not isinstance(step, bool):
        raise Problem("step", "Say true or false.")
    if "next" in fields and fields["next"] is not True:
        raise Problem("next", "Say true.")
    return await move_clock(
        world,
        advance_s=number(fields["advance_s"], "advance_s") if "advance_s" in fields else None,
        to_s=_moment(fields["to"], "to") if "to" in fields else None,
        step=step,
        wait_s=number(fields.get("wait_s", DEFAULT_WAIT_S), "wait_s"),
    )


def _moment(value: Any, field: str) -> float:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Problem(field, "Give a moment in ISO 8601, with its zone.") from None
    if moment.tzinfo is None:
        raise Problem(field, "The moment needs a zone, such as +00:00.")
    return moment.timestamp()
