"""A form that comes back has everything that was filled in, and the note at its head once."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.kernel.ids import WorkspaceId
from handlers.edge.answers import Answers
from handlers.edge.call import Call, read_call
from handlers.patient_details import asked_again, filled_in
from tests.support.limits import problems_of
from tests.support.workspace import all_text

GOLDENS = {
    f"{path.parent.parent.name}/{path.stem}": json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(Path(__file__).parents[1].glob("*/golden/*.json"))
}
FORMS = {
    key: one
    for key, one in GOLDENS.items()
    if one.get("type") == "modal" and any(each["type"] == "input" for each in one["blocks"])
}
TYPED = "Room 3 <!here> & أحب"


def entered(element: dict[str, Any]) -> dict[str, Any]:
    """What Slack says of an element in which somebody chose the last option, or typed."""
    match element["type"]:
        case "plain_text_input":
            return {"value": TYPED}
        case "static_select" | "radio_buttons" if "options" in element:
            return {"selected_option": element["options"][-1]}
        case "multi_static_select" | "checkboxes" if "options" in element:
            return {"selected_options": element["options"][-1:]}
        case "datepicker":
            return {"selected_date": "2026-10-05"}
        case "multi_users_select":
            return {"selected_users": ["U0BOB"]}
    return {}


def submitted(form: dict[str, Any]) -> dict[str, Any]:
    inputs = [one for one in form["blocks"] if one["type"] == "input"]
    values = {
        one["block_id"]: {
            one["element"]["action_id"]: {
                "type": one["element"]["type"],
                **entered(one["element"]),
            }
        }
        for one in inputs
    }
    return {**form, "id": "V1", "state": {"values": values}}


@pytest.mark.parametrize("key", sorted(FORMS))
def test_each_form_comes_back_as_it_was_filled_in(key: str) -> None:
    again = filled_in(submitted(FORMS[key]))

    assert problems_of(again) == []
    for before, after in zip(FORMS[key]["blocks"], again["blocks"], strict=True):
        if before["type"] != "input":
            assert after == before
            continue
        chosen = set(map(str, entered(before["element"]).values()))
        first = {str(one) for name, one in after["element"].items() if name.startswith("initial_")}
        assert not chosen or first == chosen


def call_with(form: dict[str, Any]) -> tuple[Call, AsyncAck]:
    ack = AsyncAck()  # type: ignore[no-untyped-call]  # slack-bolt gives it no types
    body = {"type": "view_submission", "user": {"id": "U0BOB"}, "view": submitted(form)}
    return read_call(body, AsyncWebClient(), ack, workspace_id=WorkspaceId("T0CAIRN")), ack


def shown_again(ack: AsyncAck) -> dict[str, Any]:
    assert ack.response
    view: dict[str, Any] = json.loads(ack.response.body)["view"]
    return view


async def test_the_note_stands_at_the_head_once_and_what_is_left_as_it_is_passes() -> None:
    call, ack = call_with(FORMS["closing/closing_form"])

    assert not await asked_again(call, None, "", "We met on the ward.")
    assert ack.response is None
    assert await asked_again(call, "MRN 1234567")
    first = shown_again(ack)
    again, twice = call_with(first)
    unticked = replace(again, answers=Answers({}))
    assert await asked_again(unticked, "MRN 1234567")
    second = shown_again(twice)
    assert all_text(second).count("Not saved yet, please look again") == 1
    assert len(second["blocks"]) == len(first["blocks"])
    anyway, _ = call_with(first)
    assert not await asked_again(anyway, "MRN 1234567")
