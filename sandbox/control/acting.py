"""What people do, by the control API."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox import actions, conversations
from sandbox.control.wire import post, result, take, texts
from sandbox.problems import Problem
from sandbox.records import Json
from sandbox.shapes import channel_json, message_json, user_json
from sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """Return the routes of the actions."""

    async def slash(body: Json) -> Json:
        fields = take(body, ["user", "command"], ["channel", "text"])
        return result(await actions.slash(world, **texts(fields, *fields)))

    async def click(body: Json) -> Json:
        optional = ["channel", "ts", "view_id", "block_id", "value"]
        fields = take(body, ["user", "action_id"], optional)
        if "view_id" not in fields and not {"channel", "ts"} <= fields.keys():
            raise Problem("ts", "Say which message (channel and ts) or which view_id.")
        names = [name for name in fields if name != "value"]
        return result(await actions.click(world, **texts(fields, *names)))

    async def submit(body: Json) -> Json:
        fields = texts(take(body, ["user", "view_id"], ["state"]), "user", "view_id")
        if not isinstance(fields.get("state", {}), dict):
            raise Problem("state", "The state is an object: block_id, action_id, value.")
        return result(await actions.submit(world, **fields))

    async def close(body: Json) -> Json:
        fields = take(body, ["user", "view_id"], ["clear"])
        return result(await actions.close(world, **fields))

    async def home(body: Json) -> Json:
        return result(await actions.open_home(world, **take(body, ["user"], ["app_id"])))

    async def messages_tab(body: Json) -> Json:
        return result(await actions.open_messages(world, **take(body, ["user"], ["app_id"])))

    async def say(body: Json) -> Json:
        fields = take(body, ["user", "channel", "text"], ["thread_ts"])
        message = await actions.say(world, **texts(fields, *fields))
        return {"ok": True, "channel": message.channel_id, "message": message_json(world, message)}

    async def shortcut(body: Json) -> Json:
        fields = take(body, ["user", "callback_id"], ["channel", "ts", "app_id"])
        return result(await actions.shortcut(world, **texts(fields, *fields)))

    async def suggest(body: Json) -> Json:
        fields = take(body, ["user", "action_id"], ["value", "view_id", "channel", "ts"])
        fields.setdefault("value", "")
        return result(await actions.suggest(world, **texts(fields, *fields)))

    async def join(body: Json) -> Json:
        fields = texts(take(body, ["user", "channel"]), "user", "channel")
        place = await actions.join(world, **fields)
        return {"ok": True, "channel": channel_json(world, place, str(body["user"]))}

    async def leave(body: Json) -> Json:
        fields = texts(take(body, ["user", "channel"]), "user", "channel")
        place = await actions.leave(world, **fields)
        return {"ok": True, "channel": channel_json(world, place, str(body["user"]))}

    async def update_user(body: Json) -> Json:
        user = await actions.update_user(world, **{"user": body.get("user", ""), **body})
        return {"ok": True, "user": user_json(user, world.clock.now())}

    async def direct(body: Json) -> Json:
        user = world.need_user(take(body, ["user"], ["app_id"])["user"])
        app = world.app_in(user.team_id, body.get("app_id"))
        together = [user.id, world.bot(app, user.team_id).id]
        place, _ = conversations.open_direct(world, user.team_id, together)
        return {"ok": True, "channel": {"id": place.id}}

    return [
        post("/slash", slash),
        post("/click", click),
        post("/submit", submit),
        post("/close", close),
        post("/home", home),
        post("/messages-tab", messages_tab),
        post("/say", say),
        post("/shortcut", shortcut),
        post("/suggest", suggest),
        post("/join", join),
        post("/leave", leave),
        post("/user", update_user),
        post("/direct", direct),
    ]
