"""Point out what looks like a patient's details before it is saved: to its writer alone."""

from collections.abc import Collection, Mapping
from typing import Any

from bot.checkins.rules import Hint, hints
from bot.kernel.words import listed
from handlers.blocks import Block, Element, View, checkboxes, divider, field, section
from handlers.edge.call import Call
from handlers.free_text import HINT_WORDS

_SAVE_ANYWAY = "save_anyway"
"""The block of the box that lets words be saved as they are."""


async def asked_again(call: Call, *texts: str | None) -> bool:
    """Show a submitted form again where a text looks like a patient's details, before it is saved.

    False where there is nothing to point out, or where its writer wants it saved as it is.
    """
    found = {hint for text in texts if text for hint in hints(text)}
    if not found or "yes" in call.answers.choices(_SAVE_ANYWAY):
        return False
    again = filled_in(call.view)
    blocks = again["blocks"]
    at = next((n for n, one in enumerate(blocks) if one.get("block_id") == _SAVE_ANYWAY), None)
    asked = blocks if at is None else blocks[at + 2 :]  # it was pointed out before
    await call.ack_update({**again, "blocks": [*_look_again(found), *asked]})
    return True


def _look_again(found: Collection[Hint]) -> list[Block]:
    """Point out what looks like a patient's details, at the head of a form."""
    what = listed(HINT_WORDS[hint] for hint in Hint if hint in found)
    box = checkboxes(_SAVE_ANYWAY, [("yes", "This does not identify a patient: save it anyway")])
    return [
        section(
            f"*Not saved yet, please look again.* Something here looks like {what}. If it could "
            "identify a patient, take it out. Nobody but you sees this note, and it is not kept."
        ),
        field(_SAVE_ANYWAY, "Or leave it as it is", box, optional=True),
        divider(),
    ]


_INITIAL = {
    "value": "initial_value",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_user": "initial_user",
    "selected_users": "initial_users",
}
"""The field of an element for what is chosen at first, by that for what was chosen."""
_KEPT = ("type", "callback_id", "title", "submit", "close", "private_metadata", "blocks")


def filled_in(view: Mapping[str, Any]) -> View:
    """Draw a submitted modal again with what was filled in, box for box.

    `view` is as Slack hands it in: https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
    """
    entered = view["state"]["values"]
    again = {name: view[name] for name in _KEPT if view.get(name)}
    return {**again, "blocks": [_block(one, entered) for one in view["blocks"]]}


def _block(block: Block, entered: Mapping[Any, Mapping[str, Any]]) -> Block:
    values = entered.get(block.get("block_id"), {})
    if block["type"] == "input":
        return {**block, "element": _element(block["element"], values)}
    if block["type"] == "actions":
        return {**block, "elements": [_element(one, values) for one in block["elements"]]}
    return block


def _element(element: Element, values: Mapping[Any, Mapping[str, Any]]) -> Element:
    value = values.get(element.get("action_id"))
    if value is None:
        return element
    empty = {name: one for name, one in element.items() if not name.startswith("initial_")}
    return empty | {_INITIAL[name]: one for name, one in value.items() if name in _INITIAL and one}
