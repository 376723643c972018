"""``views.*``: docs.slack.dev/surfaces/modals and docs.slack.dev/surfaces/app-home."""

from __future__ import annotations

from typing import Any

from slack_sandbox.api.args import Args
from slack_sandbox.api.registry import Caller, method
from slack_sandbox.blockkit import check_view
from slack_sandbox.interactions import use_trigger
from slack_sandbox.modals import MOST_STACKED, open_view, publish_home, update_view
from slack_sandbox.problems import ApiError
from slack_sandbox.records import Json, View
from slack_sandbox.shapes import view_json
from slack_sandbox.world import World


@method("views.open")
def open_(world: World, caller: Caller, args: Args) -> Json:
    """Open a modal for the person who caused the trigger."""
    return _open(world, caller, args, push=False)


@method("views.push")
def push(world: World, caller: Caller, args: Args) -> Json:
    """Put a modal on top of those that the person has open, three at most."""
    return _open(world, caller, args, push=True)


@method("views.update")
def update(world: World, caller: Caller, args: Args) -> Json:
    """Replace an open view, found by ``view_id`` or ``external_id``, unless its hash moved on."""
    payload = _payload(args)
    view = _find(world, caller, args)
    _check_hash(view, args)
    if payload["type"] != view.type:
        raise ApiError("invalid_arguments", messages=["[ERROR] the type of a view cannot change"])
    return {"view": view_json(world, update_view(world, view, payload))}


@method("views.publish")
def publish(world: World, caller: Caller, args: Args) -> Json:
    """Show a Home tab to a person."""
    user = world.users.get(args.need("user_id"))
    if user is None or user.team_id != caller.team_id:
        raise ApiError("invalid_arguments", messages=["[ERROR] no such user: user_id"])
    payload = _payload(args)
    if payload["type"] != "home":
        raise ApiError(
            "invalid_arguments", messages=["[ERROR] invalid view type [json-pointer:/view/type]"]
        )
    if not caller.app.home_tab:
        raise ApiError("not_enabled")
    known = world.views.get(world.homes.get((caller.app.app_id, user.id), ""))
    if known:
        _check_hash(known, args)
    view = publish_home(
        world, user=user.id, team_id=caller.team_id, app_id=caller.app.app_id, payload=payload
    )
    return {"view": view_json(world, view)}


def _open(world: World, caller: Caller, args: Args, *, push: bool) -> Json:
    payload = _payload(args)
    if payload["type"] != "modal":
        raise ApiError(
            "invalid_arguments", messages=["[ERROR] invalid view type [json-pointer:/view/type]"]
        )
    value = args.text("trigger_id") or args.text("interactivity_pointer")
    if not value:
        raise ApiError("invalid_arguments", messages=["[ERROR] missing required field: trigger_id"])
    _check_external_id(world, caller, payload)
    trigger = use_trigger(world, value, caller.app)
    if push and len(world.stacks.get(trigger.user, [])) >= MOST_STACKED:
        raise ApiError("push_limit_reached")
    if push and not world.stacks.get(trigger.user):
        raise ApiError("not_found")
    view = open_view(
        world,
        user=trigger.user,
        team_id=caller.team_id,
        app_id=caller.app.app_id,
        payload=payload,
        push=push,
    )
    return {"view": view_json(world, view)}


def _payload(args: Args) -> Json:
    if not args.has("view"):
        raise ApiError("invalid_arguments", messages=["[ERROR] missing required field: view"])
    value: Any = args.json("view")
    check_view(value)
    assert isinstance(value, dict)
    return value


def _find(world: World, caller: Caller, args: Args) -> View:
    view_id = args.text("view_id")
    external_id = args.text("external_id")
    if not view_id and not external_id:
        raise ApiError("invalid_arguments", messages=["[ERROR] give a view_id or an external_id"])
    view = world.views.get(view_id) if view_id else _by_external_id(world, caller, external_id)
    if view is None or view.app_id != caller.app.app_id or view.team_id != caller.team_id:
        raise ApiError("not_found")
    return view


def _by_external_id(world: World, caller: Caller, external_id: str) -> View | None:
    for view in world.views.values():
        same = view.team_id == caller.team_id and view.app_id == caller.app.app_id
        if same and view.payload.get("external_id") == external_id:
            return view
    return None


def _check_external_id(world: World, caller: Caller, payload: Json) -> None:
    external_id = payload.get("external_id")
    if external_id and _by_external_id(world, caller, external_id):
        raise ApiError("duplicate_external_id")


def _check_hash(view: View, args: Args) -> None:
    wanted = args.text("hash")
    if wanted and wanted != view.hash:
        raise ApiError("hash_conflict")
