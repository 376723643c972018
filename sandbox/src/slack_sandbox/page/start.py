"""The first page: who there is to be."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from slack_sandbox.page.names import colour_of, initials, people_of, shown_name
from slack_sandbox.page.sidebar import unread_in_all
from slack_sandbox.world import User, World

_ZONES = sorted(zone for zone in available_timezones() if "/" in zone and zone[:4] != "Etc/")


KINDS = {
    "": "Member",
    "is_admin": "Administrator",
    "is_restricted": "Guest of several channels",
    "is_ultra_restricted": "Guest of one channel",
}


def shown(
    world: World, *, entered: dict[str, str] | None = None, problem: str = ""
) -> dict[str, Any]:
    """Return people by workspace, and what was entered in the form that adds one."""
    groups = [
        {
            "team_id": workspace.team_id,
            "name": workspace.name,
            "parts": _parts(world, people_of(world, workspace.team_id)),
            "proposed": _proposed(world, workspace.team_id),
        }
        for workspace in world.workspaces.values()
    ]
    held = {"real_name": "", "tz": "", "title": "", "email": "", "kind": ""} | (entered or {})
    kinds = list(KINDS.items())
    return {"groups": groups, "zones": _ZONES, "entered": held, "problem": problem, "kinds": kinds}


def _parts(world: World, found: list[User]) -> list[dict[str, Any]]:
    """Return people by title, those without one last; one part without a heading if none has."""
    titles = sorted({user.title for user in found if user.title}, key=str.casefold)
    parts = [
        {"title": title, "people": [_person(world, user) for user in found if user.title == title]}
        for title in titles
    ]
    others = [_person(world, user) for user in found if not user.title]
    if others:
        parts.append({"title": "Everybody else" if titles else "", "people": others})
    return parts


def _proposed(world: World, team_id: str) -> list[dict[str, Any]]:
    """Return those for whom a program proposes something to try, with what it says of them."""
    found = [user for user in people_of(world, team_id) if user.id in world.hints]
    return [{**_person(world, user), "try": world.hints[user.id].about} for user in found]


def _person(world: World, user: User) -> dict[str, Any]:
    name = shown_name(user)
    guest = "Guest" if user.is_guest and user.title != "Guest" else ""
    about = " · ".join(part for part in (user.title, guest, user.status_text) if part)
    return {
        "id": user.id,
        "name": name,
        "about": about or ("Workspace administrator" if user.is_admin else ""),
        "initials": initials(name),
        "colour": colour_of(user.id),
        "unread": unread_in_all(world, user),
    }
