"""What a person entered in the browser, as the values that actions take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from slack_sandbox.elements import MANY, interactive
from slack_sandbox.page.surface import field_name
from slack_sandbox.problems import Problem
from slack_sandbox.world import Json

_TICKED = MANY | {"checkboxes"}


def value_of(element: Mapping[str, Any], raw: object, zone: str) -> Any:
    """Return an element's value; ``zone`` is that in which a date and time were entered.

    Problem when a date and time make no sense.
    """
    kind = element.get("type")
    if kind in _TICKED:
        return raw if isinstance(raw, list) else [raw] if raw else []
    single = (raw[0] if raw else None) if isinstance(raw, list) else raw
    if kind == "datetimepicker" and single:
        return _epoch_s(str(single), zone)
    if kind == "rich_text_input":
        return _rich_text(str(single)) if single else None
    return single


def _epoch_s(text: str, zone: str) -> int:
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())
    except ValueError:
        raise Problem("value", "Enter a date and a time.") from None


def _rich_text(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    value = {"type": "rich_text", "elements": [section]}
    return {"type": "rich_text_input", "rich_text_value": value}


def state_of(blocks: list[Json], fields: Mapping[str, list[str]], zone: str) -> Json:
    """Return block_id → action_id → value of the inputs of a form; others are left out.

    ``fields`` maps field names, JSON pairs of block and action id, to what was entered.
    """
    state: Json = {}
    for block, element in interactive(blocks):
        if block["type"] != "input" or element["type"] == "file_input":
            continue
        name = field_name(block["block_id"], element["action_id"])
        value = value_of(element, fields.get(name, []), zone)
        state.setdefault(block["block_id"], {})[element["action_id"]] = value
    return state
