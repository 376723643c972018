"""What a program proposes that somebody at the page may try, and as whom the page was opened."""

from __future__ import annotations

from typing import Any

from slack_sandbox.problems import Problem
from slack_sandbox.records import App, Hint, Hints, Json, User
from slack_sandbox.sight import may_see
from slack_sandbox.world import World

MOST_HINTS = 6
HOME, MESSAGES = "home", "messages"


def put_hints(world: World, user: User, about: object, wanted: object) -> Hints:
    """Show a person these lines in place of those before; Problem names what is wrong."""
    if not isinstance(wanted, list) or len(wanted) > MOST_HINTS:
        raise Problem("hints", f"Give a list of at most {MOST_HINTS}.")
    lines = tuple(_hint(world, user, one, f"hints[{n}]") for n, one in enumerate(wanted))
    found = Hints(str(about or ""), lines)
    if world.hints.get(user.id) != found:
        world.hints[user.id] = found
        world.changes.publish("hints", team=user.team_id, user=user.id)
    return found


def _hint(world: World, user: User, one: Any, field: str) -> Hint:
    if not isinstance(one, dict) or not {"text"} <= one.keys() <= {"text", "place", "label"}:
        raise Problem(field, "Give an object with text, and perhaps place and label.")
    hint = Hint(**{name: str(value) for name, value in one.items()})
    if hint.place and place_id(world, user, hint.place) is None:
        raise Problem(f"{field}.place", f"{user.name} can open no {hint.place!r}.")
    return hint


def place_id(world: World, user: User, place: str) -> str | None:
    """Return the id under which the page has a place; None where the person may not open it."""
    app = next(iter(world.apps_in(user.team_id)), None)
    if place in (HOME, MESSAGES):
        return _in_app(world, user, app, place) if app else None
    if place.startswith("#"):
        place = world.channel_names.get((user.team_id, place[1:]), "")
    channel = world.channels.get(place)
    if channel is not None:
        return channel.id if may_see(channel, user) else None
    other = world.users.get(place)
    return other.id if other and other.team_id == user.team_id else None


def _in_app(world: World, user: User, app: App, place: str) -> str:
    return app.app_id if place == HOME else world.bot(app, user.team_id).id


def as_json(hints: Hints) -> Json:
    """Return what the control API tells of them."""
    lines = [{"text": one.text, "place": one.place, "label": one.label} for one in hints.lines]
    return {"about": hints.about, "hints": lines}
