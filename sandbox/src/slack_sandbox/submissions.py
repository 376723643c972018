"""Modals as people send them in or close them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_sandbox.blockkit import check_view
from slack_sandbox.delivery import deliver
from slack_sandbox.elements import MANY, chosen, find, interactive, is_empty
from slack_sandbox.interactions import common, new_trigger
from slack_sandbox.modals import MOST_STACKED, clear_views, close_view, open_view, update_view
from slack_sandbox.payloads import Ack, Payload
from slack_sandbox.problems import ApiError, Problem
from slack_sandbox.records import App, Json, User, View
from slack_sandbox.results import Result
from slack_sandbox.shapes import view_json
from slack_sandbox.world import World

TROUBLE = "We had some trouble connecting. Try again?"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://\S+")


async def submit_view(world: World, person: User, view: View, entered: Mapping[str, Any]) -> Result:
    """Enter the values, check them as Slack's own form does, send them, obey the answer."""
    _enter(view, entered)
    errors = form_errors(view)
    if errors:
        response = {"response_action": "errors", "errors": errors}
        return Result(acked=False, response=response, error=next(iter(errors.values())))
    app = world.apps[view.app_id]
    body = common(world, app, person, "view_submission") | {
        "trigger_id": new_trigger(world, app, person, view=view),
        "view": view_json(world, view),
        "response_urls": [],
    }
    ack = await deliver(world, app, Payload(kind="interactive", name="view_submission", body=body))
    if not ack.acked:
        return Result(acked=False, ack_ms=ack.ms, error=TROUBLE)
    return _obey(world, app, view, ack)


async def close_by_person(world: World, person: User, view: View, *, clear: bool) -> Result:
    """Close a view, or its whole stack, and tell the app if the view asks for it."""
    told = view.payload.get("notify_on_close", False)
    body = common(world, world.apps[view.app_id], person, "view_closed") | {
        "view": view_json(world, view),
        "is_cleared": clear,
    }
    if clear:
        clear_views(world, person.id)
    else:
        close_view(world, view)
    if not told:
        return Result(acked=True)
    payload = Payload(kind="interactive", name="view_closed", body=body)
    ack = await deliver(world, world.apps[view.app_id], payload)
    return Result(acked=ack.acked, ack_ms=ack.ms)


def form_errors(view: View) -> dict[str, str]:
    """Return what Slack's form itself would not let through: block_id → sentence."""
    errors: dict[str, str] = {}
    for block, element in interactive(view.payload["blocks"]):
        if block["type"] != "input":
            continue
        state = view.state.get(block["block_id"], {}).get(element["action_id"])
        if is_empty(state):
            if not block.get("optional"):
                errors[block["block_id"]] = "Please complete this required field."
            continue
        wrong = _wrong(element, state or {})
        if wrong:
            errors[block["block_id"]] = wrong
    return errors


def _wrong(element: Json, state: Json) -> str | None:
    kind = element["type"]
    value = state.get("value")
    if kind == "plain_text_input":
        return _wrong_length(element, str(value))
    if kind == "email_text_input" and not _EMAIL.fullmatch(str(value)):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not _URL.fullmatch(str(value)):
        return "Please enter a valid URL."
    if kind == "number_input":
        return _wrong_number(element, str(value))
    most = element.get("max_selected_items")
    if most and kind in MANY:
        picked = next((one for one in state.values() if isinstance(one, list)), [])
        if len(picked) > most:
            return f"Please choose at most {most}."
    return None


def _wrong_length(element: Json, value: str) -> str | None:
    # docs.slack.dev: a plain text input takes 3000 characters unless max_length says less.
    most = element.get("max_length", 3000)
    least = element.get("min_length", 0)
    if len(value) > most:
        return f"Please use at most {most} characters."
    if len(value) < least:
        return f"Please use at least {least} characters."
    return None


def _wrong_number(element: Json, value: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a number."
    if not element.get("is_decimal_allowed") and not number.is_integer():
        return "Please enter a whole number."
    if "min_value" in element and number < float(element["min_value"]):
        return f"Please enter {element['min_value']} or more."
    if "max_value" in element and number > float(element["max_value"]):
        return f"Please enter {element['max_value']} or less."
    return None


def _enter(view: View, entered: Mapping[str, Any]) -> None:
    """Put the values in place; Problem names the block or action that is not there."""
    known = {block.get("block_id") for block in view.payload["blocks"]}
    for block_id, actions in entered.items():
        if block_id not in known:
            raise Problem(f"state.{block_id}", f"The view has no block {block_id!r}.")
        if not isinstance(actions, Mapping):
            raise Problem(f"state.{block_id}", "Give an object of action id and value.")
        for action_id, value in actions.items():
            field = f"state.{block_id}.{action_id}"
            try:
                block, element = find(view.payload["blocks"], action_id, block_id)
                state = chosen(element, value)
            except Problem as problem:
                raise Problem(field, problem.message) from problem
            view.state.setdefault(block["block_id"], {})[action_id] = state


def _obey(world: World, app: App, view: View, ack: Ack) -> Result:
    said = ack.body if isinstance(ack.body, dict) else {}
    action = said.get("response_action")
    error = None
    try:
        if action is None:
            close_view(world, view)
        elif action == "clear":
            clear_views(world, view.user)
        elif action == "errors":
            error = _show_errors(view, said)
        elif action in ("update", "push"):
            _show_view(world, app, view, said, push=action == "push")
        else:
            error = TROUBLE
    except ApiError as refused:
        return Result(
            acked=True,
            ack_ms=ack.ms,
            response={**said, "refused": refused.as_json()},
            error=TROUBLE,
        )
    return Result(acked=True, ack_ms=ack.ms, response=said or None, error=error)


def _show_errors(view: View, said: Json) -> str:
    errors = said.get("errors")
    blocks = {one["block_id"] for one in view.payload["blocks"] if one["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= blocks:
        # Slack shows its general apology when an error names no input block of the view.
        return TROUBLE
    return str(next(iter(errors.values())))


def _show_view(world: World, app: App, view: View, said: Json, *, push: bool) -> None:
    payload = said.get("view")
    check_view(payload)
    assert isinstance(payload, dict)
    if not push:
        update_view(world, view, payload)
        return
    if len(world.stacks.get(view.user, [])) >= MOST_STACKED:
        raise ApiError("push_limit_reached")
    open_view(
        world,
        user=view.user,
        team_id=view.team_id,
        app_id=app.app_id,
        payload=payload,
        push=True,
    )
