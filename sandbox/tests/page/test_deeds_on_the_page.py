"""What a person can do on the page, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox_support.asking import TEAM, channel, do, open_modal, page
from sandbox_support.box import Box
from slack_sandbox import actions
from slack_sandbox.page.entered import state_of
from slack_sandbox.problems import Problem


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
async def test_a_body_that_is_no_json_object_is_refused(box: Box, body: bytes) -> None:
    answer = await box.http.post(f"/client/{TEAM}/U0BOB/search/say", content=body)

    assert answer.status_code == 400
    assert answer.json()["field"] == "body"


async def test_a_first_message_to_someone_opens_the_conversation(box: Box) -> None:
    answer = await do(box, "U0BOB", "U0ALICE", "say", text="Hello")

    assert ">Hello<" in (await box.http.get(answer["go"])).text


async def test_an_unknown_command_is_refused_in_words(box: Box) -> None:
    await box.control("app", commands=[{"command": "/known"}])

    answer = await do(box, "U0BOB", channel(box, "general"), "say", text="/unknown now")

    assert answer["error"] == "/unknown is not a valid command."


async def test_a_command_without_a_connected_app_fails_as_in_slack(box: Box) -> None:
    await box.control("app", commands=[{"command": "/known", "description": "Knows <things>"}])

    html = await page(box, "U0BOB", channel(box, "general"))
    answer = await do(box, "U0BOB", channel(box, "general"), "say", text="/known")

    assert "not connected" in html
    assert "Knows \\u003cthings" in html or "Knows &lt;things" in html
    assert "/known failed" in answer["error"]


async def test_a_modal_is_shown_to_its_person_and_its_mistakes_come_back(box: Box) -> None:
    view_id = open_modal(box)

    html = await page(box, "U0BOB", "search")
    other = await page(box, "U0ALICE", "search")
    fields = {'["b","a"]': ["no"]}
    answer = await do(box, "U0BOB", "search", "submit", view_id=view_id, fields=fields)

    assert f'data-view-id="{view_id}"' in html
    assert "How was it?" in html
    assert view_id not in other
    assert list(answer["errors"]) == ["b"]


async def test_nobody_submits_or_closes_the_modal_of_another(box: Box) -> None:
    view_id = open_modal(box)

    submitted = await do(box, "U0ALICE", "search", "submit", view_id=view_id, fields={})
    closed = await do(box, "U0ALICE", "search", "close", view_id=view_id)

    assert submitted["field"] == closed["field"] == "view_id"
    assert box.world.top_view("U0BOB") is not None


async def test_what_is_typed_is_kept_when_the_page_is_loaded_again(box: Box) -> None:
    view_id = open_modal(box)

    await do(
        box,
        "U0BOB",
        "search",
        "click",
        view_id=view_id,
        block_id="b",
        action_id="a",
        value="so far",
    )

    assert 'value="so far"' in await page(box, "U0BOB", "search")


async def test_closing_takes_the_modal_away(box: Box) -> None:
    view_id = open_modal(box)

    await do(box, "U0BOB", "search", "close", view_id=view_id)

    assert "data-view-id" not in await page(box, "U0BOB", "search")


async def test_a_file_given_to_a_form_is_kept_and_can_be_fetched(box: Box) -> None:
    files = {"files": ("roster.csv", b"slack_id,name\n", "text/csv")}

    answer = await box.http.post(f"/client/{TEAM}/U0BOB/search/upload", files=files)

    made = answer.json()["files"][0]
    fetched = await box.http.get(f"/files/{made['id']}")
    assert made["name"] == "roster.csv"
    assert fetched.content == b"slack_id,name\n"
    assert fetched.headers["content-disposition"] == "attachment"


async def test_a_move_of_the_clock_says_who_got_something(box: Box) -> None:
    await box.control("clock", rate=0)

    async def write() -> None:
        await actions.say(box.world, user="U0BOB", channel="U0ALICE", text="Due")

    box.world.clock.call_later(1800, write)
    answer = await do(box, "U0BOB", "search", "clock", advance_s=3600)

    assert "1 new message" in answer["html"]
    assert "Alice" in answer["html"]


@pytest.mark.parametrize(
    "body", [{}, {"advance_s": -1}, {"advance_s": "x"}, {"next": True}, {"rate": -1}]
)
async def test_a_move_that_makes_no_sense_is_refused_in_words(
    box: Box, body: dict[str, Any]
) -> None:
    before = box.world.clock.version

    answer = await do(box, "U0BOB", "search", "clock", **body)

    assert answer["error"]
    assert box.world.clock.version == before


async def test_a_fault_is_added_shown_and_taken_back(box: Box) -> None:
    wanted = {"kind": "status", "on": "chat.*", "percent": 50, "count": 2, "status": 503}

    added = await do(box, "U0BOB", "search", "fault", add=wanted)
    shown = (await box.http.get(f"/client/{TEAM}/U0BOB/search/faults")).text
    number = box.world.faults.rules[0].id
    await do(box, "U0BOB", "search", "fault", remove=number)

    assert "error" not in added
    assert "50 %" in shown
    assert "2 more times" in shown
    assert box.world.faults.rules == []


async def test_a_fault_that_does_not_exist_is_refused(box: Box) -> None:
    answer = await do(box, "U0BOB", "search", "fault", add={"kind": "earthquake"})

    assert "earthquake" in answer["error"]


async def test_the_log_shows_request_answer_and_time(box: Box) -> None:
    await box.api("chat.postMessage", channel="C0NOWHERE", text="<b>hi</b>")

    html = (await box.http.get(f"/client/{TEAM}/U0BOB/search/calls")).text

    assert "chat.postMessage" in html
    assert "channel_not_found" in html
    assert "&lt;b&gt;hi&lt;/b&gt;" in html
    assert " ms" in html


def form(kind: str) -> list[dict[str, Any]]:
    return [{"type": "input", "block_id": "b", "element": {"type": kind, "action_id": "a"}}]


@pytest.mark.parametrize(
    ("kind", "entered", "value"),
    [
        ("plain_text_input", ["x"], "x"),
        ("plain_text_input", [], None),
        ("checkboxes", ["a", "b"], ["a", "b"]),
        ("multi_users_select", [], []),
        ("radio_buttons", ["a"], "a"),
        ("datetimepicker", ["2026-07-01T10:00"], 1782892800),
        ("datetimepicker", [""], ""),
    ],
)
def test_a_form_becomes_values(kind: str, entered: list[str], value: object) -> None:
    assert state_of(form(kind), {'["b","a"]': entered}, "Europe/Berlin") == {"b": {"a": value}}


def test_a_date_that_makes_no_sense_is_a_problem() -> None:
    with pytest.raises(Problem, match="date and a time"):
        state_of(form("datetimepicker"), {'["b","a"]': ["tomorrow"]}, "Europe/Berlin")


async def test_a_channel_is_renamed_archived_brought_back_and_deleted(box: Box) -> None:
    await box.control("channels", id="C0WARD", name="ward", members=["U0BOB"])

    await do(box, "U0BOB", "C0WARD", "channel", what="rename", name="ward-2")
    renamed = await page(box, "U0BOB", "C0WARD")
    await do(box, "U0BOB", "C0WARD", "channel", what="archive")
    archived = await page(box, "U0BOB", "C0WARD")
    await do(box, "U0BOB", "C0WARD", "channel", what="unarchive")
    deleted = await do(box, "U0BOB", "C0WARD", "channel", what="delete")

    assert "ward-2" in renamed
    assert "This channel is archived." in archived
    assert "Bring this channel back" in archived
    assert deleted["go"] == f"/client/{TEAM}/U0BOB"
    assert (await box.http.get(f"/client/{TEAM}/U0BOB/C0WARD")).status_code == 404


async def test_a_guest_is_offered_no_change_of_a_channel(box: Box) -> None:
    await box.control("users", id="U0GUEST", name="guest", is_restricted=True)
    await box.control("channels", id="C0WARD", name="ward", members=["U0GUEST"])

    html = await page(box, "U0GUEST", "C0WARD")
    refused = await do(box, "U0GUEST", "C0WARD", "channel", what="delete")

    assert "Delete this channel" not in html
    assert refused["error"] == "Guests cannot change a channel."


async def test_one_s_status_is_set_and_told_to_apps(box: Box) -> None:
    await do(box, "U0BOB", "search", "status", text="On leave", emoji=":palm_tree:")

    told = (await box.api("users.info", user="U0BOB"))["user"]["profile"]

    assert (told["status_text"], told["status_emoji"]) == ("On leave", ":palm_tree:")
    assert "Your status: On leave" in await page(box, "U0BOB", "search")
