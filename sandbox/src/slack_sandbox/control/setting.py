"""How the world is set up, by the control API: people, places, apps, limits, faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.routing import BaseRoute

from slack_sandbox import apps, conversations, hints, people, strikes, usergroups
from slack_sandbox.api.oauth_methods import tell_uninstalled
from slack_sandbox.channel_deeds import free_name
from slack_sandbox.control.wire import Answer, number, posts, take, texts, whole
from slack_sandbox.faults import as_json
from slack_sandbox.problems import Problem
from slack_sandbox.records import App, Channel, Json, UserGroup
from slack_sandbox.seed import reset as reset_world
from slack_sandbox.shapes import app_json, channel_json, team_json, user_json, usergroup_json
from slack_sandbox.socket_mode import refresh_every
from slack_sandbox.sockets import WARNING_S
from slack_sandbox.world import World

_CHANNEL = ("id", "team", "is_private", "members", "creator", "topic", "purpose")


def routes(world: World) -> list[BaseRoute]:
    """Return the routes that shape the world."""
    return [*posts(world, _WRITE)]


async def _users(world: World, body: Json) -> Json:
    made = _each(body, "users", lambda one: people.add_user(world, one))
    shapes = [user_json(one, world.clock.now()) for one in made]
    return {"ok": True, "users": shapes, "user": shapes[0] if len(shapes) == 1 else None}


async def _channels(world: World, body: Json) -> Json:
    made = _each(body, "channels", lambda one: _add_channel(world, one))
    shapes = [channel_json(world, one, "") for one in made]
    return {"ok": True, "channels": shapes, "channel": shapes[0] if len(shapes) == 1 else None}


async def _workspaces(world: World, body: Json) -> Json:
    return _add_workspace(world, body)


async def _workspace(world: World, body: Json) -> Json:
    fields = take(body, ["team"], ["enterprise_id", "enterprise_name"])
    workspace = world.workspaces.get(str(fields["team"]))
    if workspace is None:
        raise Problem("team", f"There is no workspace {fields['team']!r}.")
    people.join_organization(workspace, fields)
    return {"ok": True, "workspace": team_json(workspace)}


async def _usergroups(world: World, body: Json) -> Json:
    made = _each(body, "usergroups", lambda one: _add_usergroup(world, one))
    shapes = [usergroup_json(one, users=True) for one in made]
    return {"ok": True, "usergroups": shapes, "usergroup": shapes[0] if len(shapes) == 1 else None}


async def _usergroup(world: World, body: Json) -> Json:
    fields = take(body, ["usergroup"], usergroups.FIELDS)
    group = usergroups.change_usergroup(world, fields.pop("usergroup"), fields)
    return {"ok": True, "usergroup": usergroup_json(group, users=True)}


async def _configure(world: World, body: Json) -> Json:
    found = _app(world, body)
    apps.configure(world, found, body)
    return {"ok": True, "app": app_json(found)}


async def _install(world: World, body: Json) -> Json:
    fields = texts(take(body, ["team"], ["app_id"]), "team", "app_id")
    if fields["team"] not in world.workspaces:
        raise Problem("team", f"There is no workspace {fields['team']!r}.")
    found = _app(world, body)
    apps.install(world, found, fields["team"])
    return {"ok": True, "app": app_json(found)}


async def _uninstall(world: World, body: Json) -> Json:
    fields = texts(take(body, ["team"], ["app_id"]), "team", "app_id")
    tell_uninstalled(world, world.app_in(fields["team"], fields.get("app_id")), fields["team"])
    return {"ok": True}


async def _limits(world: World, body: Json) -> Json:
    world.limits.set(body)
    return world.limits.report()


async def _reset(world: World, body: Json) -> Json:
    fields = take(body, [], ["seed"])
    if "seed" in fields:
        world.seed = whole(fields["seed"], "seed")
    reset_world(world)
    return {"ok": True}


def _each(body: Json, name: str, make: Callable[[Json], Any]) -> list[Any]:
    """Make one thing, or each in a list; a fault says which of the list it is in."""
    if name not in body:
        return [make(body)]
    wanted = take(body, [name])[name]
    if not isinstance(wanted, list):
        raise Problem(name, "Give a list.")
    made = []
    for place, one in enumerate(wanted):
        if not isinstance(one, dict):
            raise Problem(f"{name}[{place}]", "Give an object.")
        try:
            made.append(make(one))
        except Problem as problem:
            raise Problem(f"{name}[{place}].{problem.field}", problem.message) from problem
    return made


def _add_channel(world: World, wanted: Json) -> Channel:
    fields = take(
        wanted,
        ["name"],
        [*_CHANNEL, "guests", "shared_with"],
    )
    team_id = str(fields.get("team") or next(iter(world.workspaces)))
    if team_id not in world.workspaces:
        raise Problem("team", f"There is no workspace {team_id!r}.")
    name = free_name(world, team_id, fields["name"])
    if fields.get("id") in world.channels:
        raise Problem("id", f"There is already a channel {fields['id']}.")
    if not isinstance(fields.get("members", []), list):
        raise Problem("members", "Give a list of users.")
    shared_with = _teams(world, fields.get("shared_with", []), besides=team_id)
    members = [world.need_user(one, "members") for one in fields.get("members", [])]
    if any(one.team_id not in (team_id, *shared_with) for one in members):
        raise Problem("members", "Somebody is of a workspace that the channel is not shared with.")
    channel = conversations.create_channel(
        world,
        team_id,
        name,
        channel_id=fields.get("id"),
        is_private=bool(fields.get("is_private", False)),
        creator=str(fields.get("creator", "")),
        members=[one.id for one in members],
    )
    channel.shared_with = shared_with
    channel.topic = str(fields.get("topic", ""))
    channel.purpose = str(fields.get("purpose", ""))
    channel.guests = bool(fields.get("guests", True))
    return channel


def _teams(world: World, wanted: Any, *, besides: str) -> list[str]:
    if not isinstance(wanted, list) or not all(one in world.workspaces for one in wanted):
        raise Problem("shared_with", "Give a list of workspaces.")
    return [one for one in dict.fromkeys(wanted) if one != besides]


def _add_usergroup(world: World, wanted: Json) -> UserGroup:
    return usergroups.add_usergroup(
        world, take(wanted, ["handle"], ["id", "team", *usergroups.FIELDS])
    )


def _add_workspace(world: World, body: Json) -> Json:
    organization = ["enterprise_id", "enterprise_name"]
    fields = take(body, ["name"], ["id", "domain", "install", *organization])
    workspace = people.add_workspace(world, fields)
    answer: Json = {"ok": True, "workspace": team_json(workspace)}
    if fields.get("install", True) and world.apps:
        app = next(iter(world.apps.values()))
        token = f"xoxb-sandbox-{workspace.team_id}"
        installation = apps.install(world, app, workspace.team_id, bot_token=token)
        for channel in world.channels.values():
            if channel.team_id == workspace.team_id:
                channel.members[installation.bot_user_id] = None
        answer |= {
            "bot_token": installation.bot_token,
            "bot_user_id": installation.bot_user_id,
        }
    return answer


def _app(world: World, body: Json) -> App:
    """Return the app named by ``app_id``, the first one without it, a new one for a new id."""
    app_id = texts(body, "app_id").get("app_id")
    if app_id is None:
        return next(iter(world.apps.values()))
    if app_id in world.apps:
        return world.apps[app_id]
    if not body.get("app_token") or not body.get("signing_secret"):
        raise Problem("app_id", f"There is no app {app_id!r}; a new one needs its tokens too.")
    app = apps.add_app(
        world,
        app_id=str(app_id),
        name=str(body.get("name", app_id)),
        app_token=str(body["app_token"]),
        secret=str(body["signing_secret"]),
    )
    apps.install(world, app, str(body.get("team") or next(iter(world.workspaces))))
    return app


async def _faults(world: World, body: Json) -> Json:
    if body.get("clear"):
        take(body, ["clear"])
        strikes.take_all_back(world)
        return {"ok": True, "faults": []}
    if "remove" in body:
        strikes.take_back(world, take(body, ["remove"])["remove"])
        return {"ok": True, "faults": [as_json(one) for one in world.faults.rules]}
    if "seed" in body:
        body = dict(body)
        world.faults.reseed(whole(body.pop("seed"), "seed"))
    wanted = body.get("faults", [body] if body else [])
    if not isinstance(wanted, list):
        raise Problem("faults", "Give a list.")
    made = [await strikes.put_in_force(world, one) for one in wanted]
    return {"ok": True, "faults": [as_json(one) for one in made]}


async def _sockets(world: World, body: Json) -> Json:
    fields = take(body, [], ["refresh_after_s", "warning_s"])
    if "refresh_after_s" in body:
        after_s = body["refresh_after_s"]
        refresh_every(
            world,
            None if after_s is None else number(after_s, "refresh_after_s"),
            warning_s=number(fields.get("warning_s", WARNING_S), "warning_s"),
        )
    return {"ok": True, **world.sockets.report()}


async def _hints(world: World, body: Json) -> Json:
    fields = take(body, ["user", "hints"], ["about"])
    user = world.need_user(fields["user"])
    found = hints.put_hints(world, user, fields.get("about"), fields["hints"])
    return {"ok": True, "user": user.id, **hints.as_json(found)}


_WRITE: dict[str, Answer] = {
    "/users": _users,
    "/channels": _channels,
    "/workspaces": _workspaces,
    "/workspace": _workspace,
    "/usergroups": _usergroups,
    "/usergroup": _usergroup,
    "/app": _configure,
    "/install": _install,
    "/uninstall": _uninstall,
    "/limits": _limits,
    "/faults": _faults,
    "/sockets": _sockets,
    "/hints": _hints,
    "/reset": _reset,
}
