"""Interactive elements: what is in them, what choosing does, and where they are in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slack_sandbox.problems import Problem
from slack_sandbox.records import Json

# Where each kind of element keeps its value, and the field that presets it.
_ONE_OF = {
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", ""),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
}
_PLAIN = {
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", ""),
}
FIELDS = {**_ONE_OF, **_PLAIN}
MANY = frozenset(
    kind for kind, (field, _) in FIELDS.items() if field.endswith("s") and field != "files"
)


def interactive(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Yield every block that holds an element that has an ``action_id``, with that element."""
    for block in blocks:
        kind = block.get("type")
        if kind in ("actions", "context_actions"):
            found = block.get("elements", [])
        elif kind == "section":
            found = [block.get("accessory")]
        elif kind == "input":
            found = [block.get("element")]
        elif kind == "card":
            found = block.get("actions", [])
        else:
            yield from interactive(block.get("child_blocks") or _nested(block))
            continue
        for element in found:
            if isinstance(element, dict) and "action_id" in element:
                yield block, element


def find(blocks: list[Json], action_id: str, block_id: str | None = None) -> tuple[Json, Json]:
    """Return the block and the element with this action id; Problem when there is none."""
    for block, element in interactive(blocks):
        if element["action_id"] == action_id and block_id in (None, block.get("block_id")):
            return block, element
    raise Problem("action_id", f"Nothing here has the action id {action_id!r}.")


def initial_state(blocks: list[Json]) -> dict[str, dict[str, Json]]:
    """Return the state in which a view opens: each input, and what is preset elsewhere."""
    state: dict[str, dict[str, Json]] = {}
    for block, element in interactive(blocks):
        if element["type"] not in FIELDS or element["type"] == "overflow":
            continue
        field, preset = FIELDS[element["type"]]
        value = element.get(preset) if preset else None
        if block["type"] != "input" and value is None:
            continue
        if value is None:
            value = [] if element["type"] in MANY or field == "files" else None
        entry = {"type": element["type"], field: value}
        state.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return state


def chosen(element: Json, value: Any) -> Json:
    """Return the element's state once a person has chosen ``value``.

    ``value`` is what the element holds: an option's value, a list of them, an id, a date, a
    text; a whole state object passes as it is. Problem when the element has no such choice.
    """
    kind = element["type"]
    if isinstance(value, dict) and value.get("type") == kind:
        return dict(value)
    if kind == "button":
        return {"type": "button", "value": element.get("value")}
    if kind not in FIELDS:
        return {"type": kind, "value": value}
    field, _ = FIELDS[kind]
    if value is None or value == "":
        return {"type": kind, field: [] if kind in MANY or field == "files" else None}
    if kind in MANY and not isinstance(value, list):
        value = [value]
    if kind in _ONE_OF:
        value = (
            [_option(element, one) for one in value] if kind in MANY else _option(element, value)
        )
    elif kind in ("plain_text_input", "email_text_input", "url_text_input", "number_input"):
        value = str(value)
    elif kind == "datetimepicker":
        value = _whole(value)
    return {"type": kind, field: value}


def options_of(element: Json) -> list[Json]:
    """Return all options, those in groups included."""
    grouped = [one for group in element.get("option_groups") or [] for one in group["options"]]
    return list(element.get("options") or []) + grouped


def is_empty(state: Json | None) -> bool:
    """Whether nothing has been entered or chosen."""
    if not state:
        return True
    return not any(value for name, value in state.items() if name != "type")


def _nested(block: Json) -> list[Json]:
    if block.get("type") not in ("carousel", "container"):
        return []
    return [one for one in block.get("elements") or [] if isinstance(one, dict)]


def _option(element: Json, value: Any) -> Json:
    if isinstance(value, dict):
        value = value.get("value")
    for option in options_of(element):
        if option.get("value") == value:
            return option
    if element["type"] in ("external_select", "multi_external_select"):
        return {"text": {"type": "plain_text", "text": str(value)}, "value": str(value)}
    raise Problem("value", f"There is no option {value!r} in {element['action_id']!r}.")


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Problem("value", "A moment is a whole number of seconds.") from None
