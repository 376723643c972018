"""``auth.*``, ``apps.*``, ``team.*``, ``bots.*``, ``reactions.*``."""

from __future__ import annotations

from slack_sandbox.api.args import Args
from slack_sandbox.api.registry import Caller, find_channel, method
from slack_sandbox.events import emit
from slack_sandbox.problems import ApiError
from slack_sandbox.records import Json
from slack_sandbox.shapes import team_json
from slack_sandbox.world import World


@method("api.test", takes="none")
def api_test(world: World, caller: Caller, args: Args) -> Json:
    """Answer with what was sent."""
    if args.text("error"):
        raise ApiError(args.text("error"), args=args.raw)
    return {"args": args.raw}


@method("auth.test", takes="any")
def auth_test(world: World, caller: Caller, args: Args) -> Json:
    """Say whose token this is."""
    if caller.token.kind == "app":
        return {"app_name": caller.app.name, "app_id": caller.app.app_id}
    workspace = world.workspaces[caller.team_id]
    user = world.users[caller.user_id]
    answer: Json = {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "user": user.name,
        "team_id": workspace.team_id,
        "user_id": user.id,
        "bot_id": caller.installation.bot_id,
        "is_enterprise_install": False,
    }
    return answer | ({"enterprise_id": workspace.enterprise_id} if workspace.enterprise_id else {})


@method("apps.connections.open", "connections:write", takes="app")
def connections_open(world: World, caller: Caller, args: Args) -> Json:
    """Return an address for one Socket Mode connection."""
    host = caller.host or world.base_url.partition("//")[2]
    ticket = world.ids.uuid()
    world.sockets.add_ticket(ticket, caller.app.app_id)
    return {"url": f"ws://{host}/socket/?ticket={ticket}&app_id={caller.app.app_id}"}


@method("team.info", "team:read")
def team_info(world: World, caller: Caller, args: Args) -> Json:
    """Describe the workspace."""
    if args.text("team", caller.team_id) != caller.team_id:
        raise ApiError("team_not_found")
    return {"team": team_json(world.workspaces[caller.team_id])}


@method("bots.info", "users:read")
def bots_info(world: World, caller: Caller, args: Args) -> Json:
    """Describe a bot."""
    wanted = args.text("bot", caller.installation.bot_id)
    for user in world.users.values():
        if user.bot_id == wanted and user.team_id == caller.team_id:
            return {
                "bot": {
                    "id": wanted,
                    "deleted": user.deleted,
                    "name": user.real_name,
                    "updated": user.updated_s,
                    "app_id": user.app_id,
                    "user_id": user.id,
                    "icons": {},
                }
            }
    raise ApiError("bot_not_found")


@method("reactions.add", "reactions:write")
def reactions_add(world: World, caller: Caller, args: Args) -> Json:
    """Put an emoji on a message."""
    name = args.need("name", "invalid_name").strip(":")
    channel = find_channel(world, caller, args.need("channel", "channel_not_found"))
    message = channel.messages.get(args.need("timestamp", "no_item_specified"))
    if message is None or message.ephemeral_to:
        raise ApiError("message_not_found")
    users = message.reactions.setdefault(name, [])
    if caller.user_id in users:
        raise ApiError("already_reacted")
    users.append(caller.user_id)
    world.changes.publish("message", team=channel.team_id, channel=channel.id, id=message.ts)
    event: Json = {
        "type": "reaction_added",
        "user": caller.user_id,
        "reaction": name,
        "item": {"type": "message", "channel": channel.id, "ts": message.ts},
        "item_user": message.user,
        "event_ts": f"{world.clock.time():.6f}",
    }
    for app in world.apps_in(caller.team_id):
        if app.events is not None and app.app_id != caller.app.app_id:
            emit(world, caller.team_id, event, app=app)
    return {}


@method("reactions.remove", "reactions:write")
def reactions_remove(world: World, caller: Caller, args: Args) -> Json:
    """Take an emoji off a message."""
    name = args.need("name", "invalid_name").strip(":")
    channel = find_channel(world, caller, args.need("channel", "channel_not_found"))
    message = channel.messages.get(args.need("timestamp", "no_item_specified"))
    if message is None:
        raise ApiError("message_not_found")
    if caller.user_id not in message.reactions.get(name, []):
        raise ApiError("no_reaction")
    message.reactions[name].remove(caller.user_id)
    if not message.reactions[name]:
        del message.reactions[name]
    world.changes.publish("message", team=channel.team_id, channel=channel.id, id=message.ts)
    return {}
