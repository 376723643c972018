"""What people do, by the control API."""

from __future__ import annotations

from starlette.routing import BaseRoute

from slack_sandbox import actions, conversations
from slack_sandbox.channel_deeds import change_channel
from slack_sandbox.control.wire import Answer, posts, result, take, texts
from slack_sandbox.problems import Problem
from slack_sandbox.records import Json
from slack_sandbox.shapes import channel_json, message_json, user_json
from slack_sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """Return the routes of the actions."""
    return [*posts(world, _WRITE)]


async def _slash(world: World, body: Json) -> Json:
    fields = take(body, ["user", "command"], ["channel", "text"])
    return result(await actions.slash(world, **texts(fields, *fields)))


async def _click(world: World, body: Json) -> Json:
    optional = ["channel", "ts", "view_id", "block_id", "value"]
    fields = take(body, ["user", "action_id"], optional)
    if "view_id" not in fields and not {"channel", "ts"} <= fields.keys():
        raise Problem("ts", "Say which message (channel and ts) or which view_id.")
    names = [name for name in fields if name != "value"]
    return result(await actions.click(world, **texts(fields, *names)))


async def _submit(world: World, body: Json) -> Json:
    fields = texts(take(body, ["user", "view_id"], ["state"]), "user", "view_id")
    if not isinstance(fields.get("state", {}), dict):
        raise Problem("state", "The state is an object: block_id, action_id, value.")
    return result(await actions.submit(world, **fields))


async def _close(world: World, body: Json) -> Json:
    fields = take(body, ["user", "view_id"], ["clear"])
    return result(await actions.close(world, **fields))


async def _home(world: World, body: Json) -> Json:
    return result(await actions.open_home(world, **take(body, ["user"], ["app_id"])))


async def _messages_tab(world: World, body: Json) -> Json:
    return result(await actions.open_messages(world, **take(body, ["user"], ["app_id"])))


async def _say(world: World, body: Json) -> Json:
    fields = take(body, ["user", "channel", "text"], ["thread_ts"])
    message = await actions.say(world, **texts(fields, *fields))
    return {"ok": True, "channel": message.channel_id, "message": message_json(world, message)}


async def _edit(world: World, body: Json) -> Json:
    fields = take(body, ["user", "channel", "ts", "text"])
    message = await actions.edit_message(world, **texts(fields, *fields))
    return {"ok": True, "channel": message.channel_id, "message": message_json(world, message)}


async def _delete(world: World, body: Json) -> Json:
    fields = take(body, ["user", "channel", "ts"])
    message = await actions.delete_message(world, **texts(fields, *fields))
    return {"ok": True, "channel": message.channel_id, "ts": message.ts}


async def _shortcut(world: World, body: Json) -> Json:
    fields = take(body, ["user", "callback_id"], ["channel", "ts", "app_id"])
    return result(await actions.shortcut(world, **texts(fields, *fields)))


async def _suggest(world: World, body: Json) -> Json:
    fields = take(body, ["user", "action_id"], ["value", "view_id", "channel", "ts"])
    fields.setdefault("value", "")
    return result(await actions.suggest(world, **texts(fields, *fields)))


async def _join(world: World, body: Json) -> Json:
    fields = texts(take(body, ["user", "channel"]), "user", "channel")
    place = await actions.join(world, **fields)
    return {"ok": True, "channel": channel_json(world, place, str(body["user"]))}


async def _leave(world: World, body: Json) -> Json:
    fields = texts(take(body, ["user", "channel"]), "user", "channel")
    place = await actions.leave(world, **fields)
    return {"ok": True, "channel": channel_json(world, place, str(body["user"]))}


async def _channel(world: World, body: Json) -> Json:
    fields = take(body, ["user", "channel", "what"], ["name"])
    place = change_channel(world, **texts(fields, *fields))
    return {"ok": True, "channel": channel_json(world, place, str(body["user"]))}


async def _update_user(world: World, body: Json) -> Json:
    user = await actions.update_user(world, **{"user": body.get("user", ""), **body})
    return {"ok": True, "user": user_json(user, world.clock.now())}


async def _direct(world: World, body: Json) -> Json:
    user = world.need_user(take(body, ["user"], ["app_id"])["user"])
    app = world.app_in(user.team_id, body.get("app_id"))
    together = [user.id, world.bot(app, user.team_id).id]
    place, _ = conversations.open_direct(world, user.team_id, together)
    return {"ok": True, "channel": {"id": place.id}}


_WRITE: dict[str, Answer] = {
    "/slash": _slash,
    "/click": _click,
    "/submit": _submit,
    "/close": _close,
    "/home": _home,
    "/messages-tab": _messages_tab,
    "/say": _say,
    "/edit": _edit,
    "/delete": _delete,
    "/shortcut": _shortcut,
    "/suggest": _suggest,
    "/join": _join,
    "/leave": _leave,
    "/channel": _channel,
    "/user": _update_user,
    "/direct": _direct,
}
