"""Fill in a form as a person does: own words into every box, and a choice in every menu."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

OURS = ("skipped", "none", "left_out")
"""Options that take a choice back."""


def filled(
    view: Mapping[str, Any],
    words: Callable[[str], str],
    given: Mapping[str, Any],
    *,
    day: date,
) -> dict[str, Any]:
    """Answers for every input of a form, by its block.

    `words` gives a text for a block, `day` is chosen in an empty calendar. `given` answers by the
    block's name, or the beginning of it up to an underscore; None there leaves it as it is.
    """
    answers = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        block_id = block["block_id"]
        name = next((one for one in (block_id, block_id.partition("_")[0]) if one in given), "")
        answer = given[name] if name else _by_itself(block, words, day)
        if answer is not None:
            answers[block_id] = answer
    return answers


def _by_itself(block: Mapping[str, Any], words: Callable[[str], str], day: date) -> Any:
    element = block["element"]
    if element["type"] == "plain_text_input":
        is_filled = bool(element.get("initial_value"))
        return None if is_filled else words(block["block_id"])
    if element["type"] == "static_select" and "initial_option" not in element:
        values = [one["value"] for one in element.get("options", []) if one["value"] not in OURS]
        return values[len(values) // 2] if values else None
    if element["type"] == "datepicker" and not (block["optional"] or "initial_date" in element):
        return day.isoformat()
    if element["type"] == "radio_buttons" and "initial_option" not in element:
        return element["options"][0]["value"]
    return None
