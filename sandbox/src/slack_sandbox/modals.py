"""Views: modals in a stack of at most three, and Home tabs."""

from __future__ import annotations

import copy

from slack_sandbox.elements import initial_state
from slack_sandbox.records import Json, View
from slack_sandbox.world import World

# docs.slack.dev/surfaces/modals: a stack holds three views.
MOST_STACKED = 3


def name_blocks(world: World, blocks: list[Json]) -> list[Json]:
    """Return the blocks as Slack gives them out: each block and element has its id."""
    return [_named(world, block) for block in blocks]


def _named(world: World, block: Json) -> Json:
    named = block if block.get("block_id") else {**block, "block_id": world.ids.token(5)}
    if block["type"] in ("actions", "context_actions"):
        elements = [_with_action_id(world, one) for one in block["elements"]]
        return {**named, "elements": elements}
    for place in ("element", "accessory"):
        if isinstance(block.get(place), dict):
            return {**named, place: _with_action_id(world, block[place])}
    return named


def _with_action_id(world: World, element: Json) -> Json:
    if element.get("action_id") or element["type"] == "image":
        return element
    return {**element, "action_id": world.ids.token(5)}


def open_view(
    world: World,
    *,
    user: str,
    team_id: str,
    app_id: str,
    payload: Json,
    push: bool = False,
) -> View:
    """Put a modal before a person: as a new stack, or on top of what they have."""
    stack = world.stacks.setdefault(user, [])
    if not push:
        for old in stack:
            world.views.pop(old, None)
        stack.clear()
    view = _new(world, user=user, team_id=team_id, app_id=app_id, payload=payload)
    if stack:
        view.previous_view_id = stack[-1]
        view.root_view_id = world.views[stack[0]].id
    stack.append(view.id)
    _changed(world, view)
    return view


def publish_home(world: World, *, user: str, team_id: str, app_id: str, payload: Json) -> View:
    """Show a Home tab to a person; the view keeps its id from one publication to the next."""
    key = (app_id, user)
    view = world.views.get(world.homes.get(key, ""))
    if view is None:
        view = _new(world, user=user, team_id=team_id, app_id=app_id, payload=payload)
        world.homes[key] = view.id
    else:
        _fill(world, view, payload)
    world.changes.publish("home", team=team_id, user=user, id=view.id)
    return view


def update_view(world: World, view: View, payload: Json) -> View:
    """Replace a view's content; what was entered in inputs that stay is kept."""
    entered = view.state
    _fill(world, view, payload)
    for block_id, actions in view.state.items():
        for action_id, state in actions.items():
            before = entered.get(block_id, {}).get(action_id)
            if before and before["type"] == state["type"]:
                actions[action_id] = before
    _changed(world, view)
    return view


def close_view(world: World, view: View) -> None:
    """Take the view, and what lies on top of it, away."""
    stack = world.stacks.get(view.user, [])
    if view.id in stack:
        at = stack.index(view.id)
        for closed in stack[at:]:
            world.views.pop(closed, None)
        del stack[at:]
    _changed(world, view)


def clear_views(world: World, user: str) -> None:
    """Close every modal of a person."""
    stack = world.stacks.get(user, [])
    for view_id in stack:
        world.views.pop(view_id, None)
    stack.clear()
    world.changes.publish("view", user=user)


def _new(world: World, *, user: str, team_id: str, app_id: str, payload: Json) -> View:
    view_id = world.ids.slack("V")
    view = View(
        id=view_id,
        hash="",
        user=user,
        team_id=team_id,
        app_id=app_id,
        type=payload["type"],
        payload={},
        root_view_id=view_id,
    )
    _fill(world, view, payload)
    world.views[view_id] = view
    return view


def _fill(world: World, view: View, payload: Json) -> None:
    view.payload = {**payload, "blocks": name_blocks(world, payload.get("blocks", []))}
    view.state = copy.deepcopy(initial_state(view.payload["blocks"]))
    view.hash = f"{int(world.clock.time())}.{world.ids.token(8)}"


def _changed(world: World, view: View) -> None:
    world.changes.publish("view", team=view.team_id, user=view.user, id=view.id)
