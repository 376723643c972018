"""What can be seen of the world, by the control API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from starlette.routing import BaseRoute

from slack_sandbox import hints
from slack_sandbox.control.wire import Answer, gets, take, whole
from slack_sandbox.faults import as_json
from slack_sandbox.problems import Problem
from slack_sandbox.records import Call, Channel, Hints, Json, Message
from slack_sandbox.shapes import app_json, message_json, team_json, user_json, view_json
from slack_sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """Return the routes that only read."""
    return [*gets(world, _READ)]


async def _read_state(world: World, query: Json) -> Json:
    take(query, [])
    return {**world.followers.state(), **_state(world)}


async def _views(world: World, query: Json) -> Json:
    user = world.need_user(take(query, ["user"])["user"])
    stack = [world.views[one] for one in world.stacks.get(user.id, [])]
    return {"ok": True, "views": [view_json(world, one) for one in stack]}


async def _read_messages(world: World, query: Json) -> Json:
    fields = take(query, [], ["channel", "user", "team", "limit"])
    if not {"channel", "user"} & fields.keys():
        raise Problem("channel", "Say whose messages: a channel, a user, or both.")
    found = list(_messages(world, fields))
    if "limit" in fields:
        found = found[-whole(fields["limit"], "limit") :]
    return {"ok": True, "messages": [_message(world, one) for one in found]}


async def _home(world: World, query: Json) -> Json:
    fields = take(query, ["user"], ["app_id"])
    user = world.need_user(fields["user"])
    view = world.home(user.id, fields.get("app_id"))
    return {"ok": True, "view": view_json(world, view) if view else None}


async def _calls(world: World, query: Json) -> Json:
    fields = take(query, [], ["method", "team", "since", "limit"])
    limit = whole(fields.get("limit", 1000), "limit")
    since = whole(fields.get("since", 0), "since")
    found = (
        one
        for one in reversed(world.calls)
        if one.id > since
        and fields.get("method") in (None, one.method)
        and fields.get("team") in (None, one.team_id)
    )
    shown = [_call(one) for one in islice(found, limit)]
    return {"ok": True, "count": world.call_count, "calls": shown[::-1]}


async def _faults(world: World, query: Json) -> Json:
    take(query, [])
    rules = [as_json(one) for one in world.faults.rules]
    return {"ok": True, "faults": rules, "fired": list(world.faults.fired)}


async def _limits(world: World, query: Json) -> Json:
    take(query, [])
    return world.limits.report()


async def _sockets(world: World, query: Json) -> Json:
    take(query, [])
    return {"ok": True, **world.sockets.report()}


async def _hints(world: World, query: Json) -> Json:
    user = world.need_user(take(query, ["user"])["user"])
    found = world.hints.get(user.id, Hints("", ()))
    places = [hints.place_id(world, user, one.place) for one in found.lines]
    return {"ok": True, "user": user.id, **hints.as_json(found), "places": places}


async def _visitors(world: World, query: Json) -> Json:
    take(query, [])
    return {"ok": True, "users": list(world.visitors)}


def _state(world: World) -> Json:
    now = world.clock.now()
    next_s = world.followers.next_due_s()
    return {
        "seed": world.seed,
        "next_due": _iso(next_s) if next_s is not None else None,
        "workspaces": [team_json(one) for one in world.workspaces.values()],
        "users": [user_json(one, now) for one in world.users.values()],
        "channels": [_channel(one) for one in world.channels.values()],
        "apps": [
            {**app_json(one), "connections": len(world.sockets.of(one.app_id))}
            for one in world.apps.values()
        ],
        "usergroups": [
            {"id": one.id, "handle": one.handle, "name": one.name, "users": list(one.members)}
            for one in world.usergroups.values()
        ],
        "open_views": {user: list(stack) for user, stack in world.stacks.items() if stack},
        "followers": [
            {
                "follower": one.name,
                "seen": one.seen,
                "wakes_at": _iso(one.wakes_at_s) if one.wakes_at_s is not None else None,
            }
            for one in world.followers.alive()
        ],
        "limits_on": world.limits.on,
        "faults": [as_json(one) for one in world.faults.rules],
        "calls": world.call_count,
    }


def _channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "team": channel.team_id,
        "name": channel.name,
        "is_private": channel.is_private,
        "is_im": channel.is_im,
        "is_mpim": channel.is_mpim,
        "is_archived": channel.archived,
        "topic": channel.topic,
        "purpose": channel.purpose,
        "shared_with": list(channel.shared_with),
        "members": list(channel.members),
        "messages": len(channel.messages),
    }


def _messages(world: World, fields: Json) -> Iterator[Message]:
    """Yield a channel's messages, or what reached one person alone, or what they see in a channel.

    A person alone is reached in DMs and group DMs, and by ephemeral messages anywhere.
    """
    user = world.need_user(fields["user"]) if "user" in fields else None
    if "channel" in fields:
        team_id = fields.get("team") or (user.team_id if user else next(iter(world.workspaces)))
        place = world.need_channel(fields["channel"], team_id=team_id)
        for message in place.messages.values():
            if user is None or message.ephemeral_to in (None, user.id):
                yield message
        return
    assert user is not None
    found = []
    for place in world.channels.values():
        direct = (place.is_im or place.is_mpim) and user.id in place.members
        found += [
            one
            for one in place.messages.values()
            if one.ephemeral_to == user.id or (direct and not one.ephemeral_to)
        ]
    yield from sorted(found, key=lambda one: one.ts)


def _message(world: World, message: Message) -> Json:
    shape = message_json(world, message) | {"channel": message.channel_id}
    if message.ephemeral_to:
        shape |= {"is_ephemeral": True, "ephemeral_to": message.ephemeral_to}
    return shape


def _call(call: Call) -> Json:
    return {
        "id": call.id,
        "method": call.method,
        "team": call.team_id,
        "args": call.args,
        "answer": call.answer,
        "status": call.status,
        "at": _iso(call.at_s),
        "ms": call.ms,
    }


def _iso(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat()


_READ: dict[str, Answer] = {
    "/state": _read_state,
    "/views": _views,
    "/messages": _read_messages,
    "/home": _home,
    "/calls": _calls,
    "/faults": _faults,
    "/limits": _limits,
    "/sockets": _sockets,
    "/hints": _hints,
    "/visitors": _visitors,
}
