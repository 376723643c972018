"""Workspaces and the people in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from slack_sandbox.conversations import create_channel
from slack_sandbox.events import emit
from slack_sandbox.problems import Problem
from slack_sandbox.records import Json, User, Workspace
from slack_sandbox.shapes import user_json
from slack_sandbox.world import World

_ZONES = available_timezones()
_FLAGS = ["deleted", "is_admin", "is_owner", "is_restricted", "is_ultra_restricted", "is_bot"]
_TEXTS = [
    "name",
    "real_name",
    "display_name",
    "email",
    "title",
    "locale",
    "status_text",
    "status_emoji",
    "invite_error",
]
# What conversations.invite may say of a person; ours to choose, Slack's to know why.
INVITE_ERRORS = frozenset(
    {
        "",
        "app_cannot_join_channel",
        "cant_invite",
        "external_channel_migrating",
        "invitee_cant_see_channel",
        "no_external_invite_permission",
        "no_permission",
        "org_user_not_in_team",
        "user_is_restricted",
    }
)
_ID = re.compile(r"[UW][A-Z0-9]{2,}")
SLACKBOT = "USLACKBOT"
_NAMES = frozenset([*_FLAGS, *_TEXTS, "id", "tz", "team", "team_id", "status_expiration"])


def add_workspace(world: World, wanted: Mapping[str, Any]) -> Workspace:
    """Create a workspace with a #general; Problem when its id is taken."""
    name = _text(wanted.get("name"), "name")
    team_id = str(wanted.get("id") or wanted.get("team_id") or world.ids.slack("T"))
    if team_id in world.workspaces:
        raise Problem("id", f"There is already a workspace {team_id}.")
    domain = str(wanted.get("domain") or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"))
    workspace = Workspace(team_id, name, domain)
    world.workspaces[team_id] = workspace
    create_channel(world, team_id, "general", is_general=True)
    world.changes.publish("workspace", team=team_id)
    return workspace


def add_user(world: World, wanted: Mapping[str, Any], *, announce: bool = True) -> User:
    """Create a person, who joins #general unless a guest; ``announce`` sends ``team_join``."""
    _known_only(wanted)
    team_id = str(wanted.get("team") or wanted.get("team_id") or next(iter(world.workspaces), ""))
    if team_id not in world.workspaces:
        raise Problem("team", f"There is no workspace {team_id!r}.")
    user_id = str(wanted.get("id") or world.ids.slack("U"))
    if not _ID.fullmatch(user_id) or user_id == SLACKBOT:
        raise Problem("id", "A person's id is U or W, then capital letters and digits.")
    if user_id in world.users:
        raise Problem("id", f"There is already a user {user_id}.")
    name = _text(wanted.get("name"), "name")
    user = User(id=user_id, team_id=team_id, name=name, real_name=name)
    _set(world, user, wanted)
    world.users[user_id] = user
    for channel in world.channels.values():
        if (
            channel.team_id == team_id
            and channel.is_general
            and not (user.deleted or user.is_guest)
        ):
            channel.members[user_id] = None
    world.changes.publish("user", team=team_id, user=user_id)
    if announce and not user.is_bot:
        emit(world, team_id, _event(world, "team_join", user))
    return user


def slackbot(team_id: str) -> User:
    """Return Slackbot, whom Slack lists in every workspace, and not as a bot."""
    return User(id=SLACKBOT, team_id=team_id, name="slackbot", real_name="Slackbot")


def change_user(world: World, user: User, wanted: Mapping[str, Any]) -> User:
    """Change a person's fields and send ``user_change``."""
    _known_only(wanted)
    _set(world, user, wanted)
    world.changes.publish("user", team=user.team_id, user=user.id)
    emit(world, user.team_id, _event(world, "user_change", user))
    return user


def _event(world: World, kind: str, user: User) -> Json:
    shape = user_json(user, world.clock.now())
    stamp = f"{world.clock.time():.6f}"
    return {"type": kind, "user": shape, "cache_ts": int(world.clock.time()), "event_ts": stamp}


def _set(world: World, user: User, wanted: Mapping[str, Any]) -> None:
    for field in _TEXTS:
        if field in wanted:
            setattr(user, field, _text(wanted[field], field, empty=field != "name"))
    for field in _FLAGS:
        if field in wanted:
            if not isinstance(wanted[field], bool):
                raise Problem(field, "Say true or false.")
            setattr(user, field, wanted[field])
    if user.invite_error not in INVITE_ERRORS:
        raise Problem("invite_error", f"conversations.invite never answers {user.invite_error!r}.")
    # A single-channel guest is a guest: Slack sets both marks.
    user.is_restricted = user.is_restricted or user.is_ultra_restricted
    ends_s = wanted.get("status_expiration", user.status_expiration_s)
    if not isinstance(ends_s, int) or isinstance(ends_s, bool) or ends_s < 0:
        raise Problem("status_expiration", "Give seconds since 1970, or 0 for never.")
    user.status_expiration_s = ends_s
    zone = wanted.get("tz", user.tz)
    if not isinstance(zone, str) or zone not in _ZONES:
        raise Problem("tz", f"There is no time zone {zone!r}; it needs an IANA name.")
    user.tz = zone
    user.updated_s = int(world.clock.time())


def _known_only(wanted: Mapping[str, Any]) -> None:
    for field in wanted:
        if field not in _NAMES:
            raise Problem(field, f"A user has no field {field!r}.")


def _text(value: Any, field: str, *, empty: bool = False) -> str:
    if not isinstance(value, str) or not (value.strip() or empty):
        raise Problem(field, "Give some text.")
    return value
