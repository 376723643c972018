"""What an element offers, and what is chosen in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sandbox.page.directory import Directory
from slack_sandbox.page.shape import as_list, as_map, as_text, text_of
from slack_sandbox.page.surface import Spot, option_text

# type → (key in the state, key of the initial choice)
_KEYS = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: its value, its text, and the group that it stands in."""

    value: str
    text: str
    group: str = ""


def chosen(element: Mapping[str, Any], spot: Spot) -> list[str]:
    """Return the values that are chosen now: those of the state, else the initial ones."""
    kind = as_text(element.get("type"))
    state_key, initial_key = _KEYS.get(kind, ("value", "initial_value"))
    held = as_map(spot.surface.state.get(spot.block_id)).get(as_text(element.get("action_id")))
    found = as_map(held)[state_key] if state_key in as_map(held) else element.get(initial_key)
    return _values(found)


def _values(found: object) -> list[str]:
    if isinstance(found, list):
        return [value for item in found for value in _values(item)]
    if isinstance(found, Mapping):
        return [rich_as_text(found)] if found.get("type") == "rich_text" else [_value(found)]
    text = as_text(found)
    return [text] if text else []


def _value(option: Mapping[str, Any]) -> str:
    return as_text(option.get("value"))


def rich_as_text(rich: Mapping[str, Any]) -> str:
    """Return the plain text of a rich_text value, a line for each of its parts."""
    return "\n".join(
        "".join(as_text(piece.get("text")) for piece in as_list(part.get("elements")))
        for part in as_list(rich.get("elements"))
    )


def offered(element: Mapping[str, Any], spot: Spot) -> list[Choice]:
    """Return what a menu offers: its options, or the workspace's people or conversations."""
    kind = as_text(element.get("type"))
    names = spot.names
    if "users" in kind:
        return [Choice(value, text) for value, text in names.people.items()]
    if "channels" in kind:
        return [Choice(value, f"#{text}") for value, text in names.channels.items()]
    if "conversations" in kind:
        return [Choice(value, text) for value, text in names.conversations.items()]
    return _options(element, names)


def _options(element: Mapping[str, Any], names: Directory) -> list[Choice]:
    choices = [_choice(option, names) for option in as_list(element.get("options"))]
    for group in as_list(element.get("option_groups")):
        label = text_of(group.get("label"))
        choices.extend(_choice(x, names, label) for x in as_list(group.get("options")))
    return choices


def _choice(option: Mapping[str, Any], names: Directory, group: str = "") -> Choice:
    return Choice(_value(option), option_text(option, names), group)
