"""The first page: who there is to be."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from zoneinfo import available_timezones

from sandbox import people
from sandbox.page.names import colour_of, initials, people_of, shown_name
from sandbox.page.sidebar import unread_in_all
from sandbox.world import User, World

_ZONES = sorted(zone for zone in available_timezones() if "/" in zone and zone[:4] != "Etc/")


def shown(
    world: World, *, entered: dict[str, str] | None = None, problem: str = ""
) -> dict[str, Any]:
    """Return people by workspace, and what was entered in the form that adds one."""
    groups = [
        {
            "team_id": workspace.team_id,
            "name": workspace.name,
            "people": [_person(world, user) for user in people_of(world, workspace.team_id)],
        }
        for workspace in world.workspaces.values()
    ]
    held = {"real_name": "", "tz": ""} | (entered or {})
    return {"groups": groups, "zones": _ZONES, "entered": held, "problem": problem}


def _person(world: World, user: User) -> dict[str, Any]:
    name = shown_name(user)
    about = user.status_text or ("Workspace administrator" if user.is_admin else "")
    return {
        "id": user.id,
        "name": name,
        "about": about,
        "initials": initials(name),
        "colour": colour_of(user.id),
        "unread": unread_in_all(world, user),
    }


def add_person(world: World, entered: dict[str, str]) -> User:
    """Create a person from the form; Problem when a field makes no sense."""
    real_name = entered.get("real_name", "")
    wanted = {"name": _handle(world, real_name), "real_name": real_name}
    wanted |= {key: entered[key] for key in ("tz", "team") if entered.get(key)}
    return people.add_user(world, wanted)


def _handle(world: World, real_name: str) -> str:
    """Return a user name made from a real one that nobody else has."""
    plain = unicodedata.normalize("NFKD", real_name).encode("ascii", "ignore").decode()
    wanted = re.sub(r"[^a-z0-9]+", ".", plain.lower()).strip(".") or ("person" if real_name else "")
    taken = {user.name for user in world.users.values()}
    number = 2
    name = wanted
    while name in taken:
        name = f"{wanted}{number}"
        number += 1
    return name
