"""User groups such as @mentors: making and changing them, and telling the apps."""

from __future__ import annotations

from typing import Any

from slack_sandbox.events import emit
from slack_sandbox.problems import Problem
from slack_sandbox.records import Json, UserGroup
from slack_sandbox.shapes import usergroup_json
from slack_sandbox.world import World

FIELDS = ("handle", "name", "description", "users", "disabled")


def add_usergroup(world: World, wanted: Json) -> UserGroup:
    """Create a user group; Problem when a field makes no sense."""
    team_id = str(wanted.get("team") or next(iter(world.workspaces)))
    if team_id not in world.workspaces:
        raise Problem("team", f"There is no workspace {team_id!r}.")
    group_id = str(wanted.get("id") or world.ids.slack("S"))
    if group_id in world.usergroups:
        raise Problem("id", f"There is already a user group {group_id}.")
    now_s = int(world.clock.time())
    group = UserGroup(id=group_id, team_id=team_id, handle="", name="", created_s=now_s)
    _set(world, group, {"name": wanted["handle"], **wanted})
    world.usergroups[group.id] = group
    _tell(world, group, "subteam_created", {"subteam": usergroup_json(group, users=True)})
    return group


def change_usergroup(world: World, group_id: object, wanted: Json) -> UserGroup:
    """Change what is named in ``wanted``; Problem when it makes no sense."""
    group = need_usergroup(world, group_id)
    before = set(group.members)
    _set(world, group, wanted)
    _tell(world, group, "subteam_updated", {"subteam": usergroup_json(group, users=True)})
    after = set(group.members)
    if before != after:
        change = {
            "subteam_id": group.id,
            "team_id": group.team_id,
            "date_update": group.updated_s,
            "added_users": sorted(after - before),
            "removed_users": sorted(before - after),
        }
        _tell(world, group, "subteam_members_changed", change)
    return group


def need_usergroup(world: World, wanted: object) -> UserGroup:
    """Return a user group by id or by handle; Problem when there is none."""
    name = str(wanted).removeprefix("@")
    for group in world.usergroups.values():
        if wanted == group.id or name == group.handle:
            return group
    raise Problem("usergroup", f"There is no user group {wanted!r}.")


def _set(world: World, group: UserGroup, wanted: Json) -> None:
    for field in ("handle", "name", "description"):
        if field in wanted:
            setattr(group, field, str(wanted[field]).removeprefix("@"))
    if _taken(world, group):
        raise Problem("handle", f"There is already a user group @{group.handle}.")
    group.updated_s = int(world.clock.time())
    if "users" in wanted:
        group.members = _members(world, wanted["users"])
    if "disabled" in wanted:
        if not isinstance(wanted["disabled"], bool):
            raise Problem("disabled", "Say true or false.")
        group.disabled_s = group.updated_s if wanted["disabled"] else 0


def _taken(world: World, group: UserGroup) -> bool:
    return any(
        one.handle == group.handle and one.team_id == group.team_id and one.id != group.id
        for one in world.usergroups.values()
    )


def _members(world: World, wanted: Any) -> list[str]:
    if not isinstance(wanted, list):
        raise Problem("users", "Give a list of users.")
    return list(dict.fromkeys(world.need_user(one, "users").id for one in wanted))


def _tell(world: World, group: UserGroup, kind: str, body: Json) -> None:
    world.changes.publish("usergroup", team=group.team_id, id=group.id)
    stamp = f"{world.clock.time():.6f}"
    emit(world, group.team_id, {"type": kind, **body, "event_ts": stamp})
