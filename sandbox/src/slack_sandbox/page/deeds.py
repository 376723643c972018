"""What a person does on the page, handed to the functions that do it.

Each deed takes JSON and answers JSON: ``error`` is a sentence to show, ``errors`` are
sentences by block id, ``go`` is an address to open, ``html`` is something to put in place.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from slack_sandbox import actions, strikes
from slack_sandbox.channel_deeds import change_channel
from slack_sandbox.elements import find
from slack_sandbox.page.clockbar import last_stamps, moved
from slack_sandbox.page.entered import state_of, value_of
from slack_sandbox.page.places import Place
from slack_sandbox.page.shape import as_map, as_number, as_text
from slack_sandbox.page.uploads import with_files
from slack_sandbox.problems import Problem
from slack_sandbox.travel import move_clock
from slack_sandbox.world import Json, User, World

# A move of the clock that takes longer says so, and goes on in the background.
MOST_WAIT_S = 60.0

Answer = dict[str, Any]
Deed = Callable[[World, User, Place, Json], Awaitable[Answer]]


async def say(world: World, user: User, place: Place, body: Json) -> Answer:
    """Write a message, or send it as a slash command when it begins with a slash."""
    text = as_text(body.get("text")).strip()
    thread_ts = as_text(body.get("thread_ts")) or None
    if text.startswith("/") and not text.startswith("//"):
        return await _slash(world, user, place, text, in_thread=thread_ts is not None)
    message = await actions.say(
        world, user=user.id, channel=place.id, text=text, thread_ts=thread_ts
    )
    if place.channel is None:
        return {"go": f"/client/{user.team_id}/{user.id}/{message.channel_id}"}
    return {}


async def edit(world: World, user: User, place: Place, body: Json) -> Answer:
    """Change one of the person's own messages."""
    text = as_text(body.get("text")).strip()
    where = _where(place, {"ts": body.get("ts")})
    await actions.edit_message(world, user=user.id, text=text, **where)
    return {}


async def delete(world: World, user: User, place: Place, body: Json) -> Answer:
    """Take a message away."""
    where = _where(place, {"ts": body.get("ts")})
    await actions.delete_message(world, user=user.id, **where)
    return {}


async def _slash(world: World, user: User, place: Place, text: str, *, in_thread: bool) -> Answer:
    if in_thread:
        raise Problem("text", "Slash commands do not work in threads.")
    command, _, rest = text.partition(" ")
    result = await actions.slash(
        world,
        user=user.id,
        command=command,
        channel=place.channel.id if place.channel else None,
        text=rest.strip(),
    )
    return {"error": result.error}


async def click(world: World, user: User, place: Place, body: Json) -> Answer:
    """Use a button, a menu or another element of a message, a Home tab or a modal."""
    where = _where(place, body)
    action_id = as_text(body.get("action_id"))
    block_id = as_text(body.get("block_id")) or None
    _, element = find(_blocks(world, user, where), action_id, block_id)
    result = await actions.click(
        world,
        user=user.id,
        action_id=action_id,
        block_id=block_id,
        value=value_of(element, body.get("value"), user.tz),
        **where,
    )
    return {"error": result.error}


def _where(place: Place, body: Json) -> dict[str, str]:
    view_id = as_text(body.get("view_id"))
    if view_id:
        return {"view_id": view_id}
    channel = place.channel.id if place.channel else place.id
    return {"channel": channel, "ts": as_text(body.get("ts"))}


def _blocks(world: World, user: User, where: dict[str, str]) -> list[Json]:
    if "view_id" in where:
        found: list[Json] = actions.own_view(world, user, where["view_id"]).payload["blocks"]
        return found
    _, message = actions.seen_message(world, user, where["channel"], where["ts"])
    return message.blocks


async def submit(world: World, user: User, place: Place, body: Json) -> Answer:
    """Submit the modal with what its fields hold."""
    del place
    view = actions.own_view(world, user, body.get("view_id"))
    fields = {
        name: [as_text(value) for value in values]
        for name, values in as_map(body.get("fields")).items()
        if isinstance(values, list)
    }
    state = state_of(view.payload["blocks"], fields, user.tz)
    state = with_files(world, user, view.payload["blocks"], fields=fields, state=state)
    result = await actions.submit(world, user=user.id, view_id=view.id, state=state)
    errors = as_map(as_map(result.response).get("errors"))
    return {"error": result.error, "errors": {key: as_text(errors[key]) for key in errors}}


async def close(world: World, user: User, place: Place, body: Json) -> Answer:
    """Close the modal on top, or all that are open."""
    del place
    view_id = as_text(body.get("view_id"))
    await actions.close(world, user=user.id, view_id=view_id, clear=body.get("clear") is True)
    return {}


async def suggest(world: World, user: User, place: Place, body: Json) -> Answer:
    """Ask the app for the options of an external menu."""
    where = _where(place, body)
    result = await actions.suggest(
        world,
        user=user.id,
        action_id=as_text(body.get("action_id")),
        value=as_text(body.get("value")),
        **where,
    )
    if not result.acked:
        return {"error": "The options could not be loaded."}
    return {"response": result.response}


async def join(world: World, user: User, place: Place, body: Json) -> Answer:
    """Join the channel that is shown."""
    del body
    await actions.join(world, user=user.id, channel=place.id)
    return {}


async def leave(world: World, user: User, place: Place, body: Json) -> Answer:
    """Leave the channel that is shown."""
    del body
    await actions.leave(world, user=user.id, channel=place.id)
    return {"go": f"/client/{user.team_id}/{user.id}"}


async def channel(world: World, user: User, place: Place, body: Json) -> Answer:
    """Rename, archive, delete or convert the channel that is shown."""
    what, name = as_text(body.get("what")), as_text(body.get("name")).strip()
    change_channel(world, user=user.id, channel=place.id, what=what, name=name)
    return {"go": f"/client/{user.team_id}/{user.id}"} if what == "delete" else {}


async def status(world: World, user: User, place: Place, body: Json) -> Answer:
    """Set the person's own status; its emoji stands between colons."""
    del place
    emoji = as_text(body.get("emoji")).strip().strip(":")
    fields = {"status_text": as_text(body.get("text")).strip(), "status_expiration": 0}
    await actions.update_user(
        world, user=user.id, **fields, status_emoji=f":{emoji}:" if emoji else ""
    )
    return {}


async def clock(world: World, user: User, place: Place, body: Json) -> Answer:
    """Move the clock, stopping at what is due on the way, or set its speed."""
    del place
    if "rate" in body:
        world.clock.set_rate(as_number(body["rate"]) or 0.0)
        return {}
    before = last_stamps(world)
    advance_s, to_s = as_number(body.get("advance_s")), as_number(body.get("to_s"))
    if advance_s is None and to_s is None and body.get("next") is not True:
        raise Problem("to_s", "Say where the clock should go.")
    travel = await move_clock(world, advance_s=advance_s, to_s=to_s, wait_s=MOST_WAIT_S)
    shown = moved(world, user, before, settled=travel.settled, steps=travel.steps)
    return {"moved": shown}


async def fault(world: World, user: User, place: Place, body: Json) -> Answer:
    """Put a fault in force (``add``), or take one back (``remove``, its number)."""
    del user, place
    if "remove" in body:
        strikes.take_back(world, body["remove"])
        return {}
    wanted = dict(as_map(body.get("add")))
    percent = as_number(wanted.pop("percent", None))
    if percent is not None:
        wanted["probability"] = percent / 100
    await strikes.put_in_force(world, wanted)
    return {}


async def hide_hints(world: World, user: User, place: Place, body: Json) -> Answer:
    """Put what a program proposes out of the way, or show it again."""
    del place
    if body.get("what") == "hide":
        world.hints_hidden.add(user.id)
    else:
        world.hints_hidden.discard(user.id)
    return {}


DEEDS: dict[str, Deed] = {
    "say": say,
    "edit": edit,
    "delete": delete,
    "click": click,
    "submit": submit,
    "close": close,
    "suggest": suggest,
    "join": join,
    "leave": leave,
    "channel": channel,
    "status": status,
    "clock": clock,
    "fault": fault,
    "hints": hide_hints,
}
