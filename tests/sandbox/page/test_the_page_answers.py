"""The page over HTTP: who sees what, and what a person can do there."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from sandbox import actions, modals
from sandbox.page.entered import state_of
from sandbox.problems import Problem
from tests.sandbox.conftest import Box

TEAM = "T0CAIRN"


async def page(box: Box, user: str, place: str, team: str = TEAM) -> str:
    answer = await box.http.get(f"/client/{team}/{user}/{place}")
    assert answer.status_code == 200, answer.text
    return answer.text


async def do(box: Box, user: str, place: str, deed: str, **body: Any) -> dict[str, Any]:
    answer = await box.http.post(f"/client/{TEAM}/{user}/{place}/{deed}", json=body)
    return dict(answer.json())


def channel(box: Box, name: str) -> str:
    return box.world.channel_names[TEAM, name]


def text(body: str) -> dict[str, str]:
    return {"type": "plain_text", "text": body}


def open_modal(box: Box, user: str = "U0BOB") -> str:
    element = {"type": "plain_text_input", "action_id": "a", "min_length": 3}
    payload = {
        "type": "modal",
        "title": text("Check-in"),
        "submit": text("Share"),
        "blocks": [
            {"type": "input", "block_id": "b", "label": text("How was it?"), "element": element}
        ],
    }
    app = next(iter(box.world.apps))
    return modals.open_view(box.world, user=user, team_id=TEAM, app_id=app, payload=payload).id


async def test_the_first_page_lists_people_by_workspace(box: Box) -> None:
    await box.control("workspaces", name="Other Hospital", id="T0OTHER")
    await box.control("users", name="mallory", real_name="Mallory", team="T0OTHER")

    html = (await box.http.get("/")).text

    assert (
        html.index("Cairn Teaching Hospital") < html.index("Alice") < html.index("Other Hospital")
    )
    assert html.index("Other Hospital") < html.index("Mallory")
    assert 'href="/client/T0CAIRN/U0BOB"' in html


async def test_a_workspace_without_people_says_what_to_do(box: Box) -> None:
    await box.control("workspaces", name="Empty Hospital")

    assert "Nobody is here yet. Add the first person below." in (await box.http.get("/")).text


async def test_a_person_can_be_added_and_is_then_at_the_app(box: Box) -> None:
    answer = await box.http.post("/people", data={"real_name": "Zoë Ng", "tz": "Asia/Tokyo"})

    made = next(user for user in box.world.users.values() if user.real_name == "Zoë Ng")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/client/{TEAM}/{made.id}"
    assert (made.name, made.tz) == ("zoe.ng", "Asia/Tokyo")


@pytest.mark.parametrize("fields", [{"real_name": ""}, {"real_name": "Eve", "tz": "Mars/Base"}])
async def test_a_person_who_makes_no_sense_is_not_added(box: Box, fields: dict[str, str]) -> None:
    before = len(box.world.users)

    answer = await box.http.post("/people", data=fields)

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert len(box.world.users) == before


@pytest.mark.parametrize(
    "address",
    [
        "/client/T0OTHER/U0BOB/search",
        "/client/T0CAIRN/U0NOBODY/search",
        "/client/T0CAIRN/U0BOB/C0NOWHERE",
        "/client/T0CAIRN/U0BOB/search/nosuchpart",
    ],
)
async def test_an_address_that_means_nothing_says_so(box: Box, address: str) -> None:
    answer = await box.http.get(address)

    assert answer.status_code == 404
    assert "Choose a person" in answer.text


async def test_a_private_channel_is_hidden_from_others(box: Box) -> None:
    made = await box.control("channels", name="secret", is_private=True, members=["U0ALICE"])
    place = made["channel"]["id"]
    await actions.say(box.world, user="U0ALICE", channel=place, text="Between us")

    seen = await page(box, "U0ALICE", place)
    hidden = await box.http.get(f"/client/{TEAM}/U0BOB/{place}")
    searched = await page(box, "U0BOB", "search?q=between")

    assert "Between us" in seen
    assert hidden.status_code == 404
    assert "Between us" not in searched
    assert "secret" not in searched


async def test_an_ephemeral_message_is_seen_by_one_person_alone(box: Box) -> None:
    general = channel(box, "general")
    bot = box.world.bot(next(iter(box.world.apps.values())), TEAM).id
    await box.control("join", user=bot, channel=general)
    await box.api("chat.postEphemeral", channel=general, user="U0BOB", text="Psst")

    assert "Only visible to you" in await page(box, "U0BOB", general)
    assert "Psst" not in await page(box, "U0ALICE", general)


async def test_times_are_those_of_the_readers_zone(box: Box) -> None:
    await box.control("clock", rate=0)
    await box.control("clock", to="2030-01-07T12:00:00+00:00")
    general = channel(box, "general")
    await actions.say(box.world, user="U0ALICE", channel=general, text="Noon")

    assert 'title="Monday 7 January 2030, 13:00"' in await page(box, "U0ALICE", general)
    assert 'title="Monday 7 January 2030, 12:00"' in await page(box, "U0BOB", general)


async def test_what_is_unread_is_counted_until_it_is_opened(box: Box) -> None:
    general = channel(box, "general")
    for number in range(3):
        await actions.say(box.world, user="U0ALICE", channel=general, text=f"News {number}")

    before = await page(box, "U0BOB", "search")
    opened = await page(box, "U0BOB", general)
    after = await page(box, "U0BOB", "search")

    assert 'class="badge">3<' in before
    assert 'class="badge">3<' not in opened
    assert "badge" not in after.partition("part-sidebar")[2].partition("</nav>")[0]


async def test_new_messages_are_marked_where_they_begin(box: Box) -> None:
    general = channel(box, "general")
    await actions.say(box.world, user="U0ALICE", channel=general, text="Old")
    await page(box, "U0BOB", general)
    await actions.say(box.world, user="U0ALICE", channel=general, text="Fresh")

    html = await page(box, "U0BOB", general)

    assert html.count('class="new-line"') == 1
    assert html.index(">Old<") < html.index('class="new-line"') < html.index(">Fresh<")


async def test_a_reply_stands_in_its_thread_and_is_counted(box: Box) -> None:
    general = channel(box, "general")
    parent = await actions.say(box.world, user="U0ALICE", channel=general, text="Question")
    await do(box, "U0BOB", general, "say", text="Answer", thread_ts=parent.ts)

    main = await page(box, "U0BOB", general)
    thread = await page(box, "U0BOB", f"{general}?thread={parent.ts}")

    assert "1 reply" in main
    assert ">Answer<" not in main
    assert ">Answer<" in thread.partition("part-thread")[2]


async def test_search_reads_blocks_and_leads_to_the_message(box: Box) -> None:
    general = channel(box, "general")
    bot = box.world.bot(next(iter(box.world.apps.values())), TEAM).id
    await box.control("join", user=bot, channel=general)
    blocks = [{"type": "header", "text": text("Quarterly compass")}]
    posted = await box.api("chat.postMessage", channel=general, text="x", blocks=blocks)

    html = await page(box, "U0BOB", "search?q=COMPASS")

    assert "1 message with" in html
    assert f'href="/client/{TEAM}/U0BOB/{general}#m-{posted["ts"]}"' in html


async def test_hostile_names_and_messages_are_only_text(box: Box) -> None:
    evil = "<script>alert(1)</script>"
    await box.control("users", name="eve", real_name=evil, id="U0EVE")
    await actions.say(box.world, user="U0EVE", channel=channel(box, "general"), text=f"{evil} \"'")

    answer = await box.http.get(f"/client/{TEAM}/U0EVE/{channel(box, 'general')}")

    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_scripts_and_styles_are_asked_for_afresh(box: Box) -> None:
    answer = await box.http.get("/static/page.js")

    assert answer.headers["cache-control"] == "no-cache"
    again = {"If-None-Match": answer.headers["etag"]}
    assert (await box.http.get("/static/page.js", headers=again)).status_code == 304


async def test_another_website_can_do_nothing(box: Box) -> None:
    address = f"/client/{TEAM}/U0BOB/{channel(box, 'general')}/say"

    answer = await box.http.post(
        address, json={"text": "spam"}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403
    assert "spam" not in await page(box, "U0BOB", channel(box, "general"))


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


async def test_an_open_page_hears_what_has_changed(box: Box) -> None:
    general = channel(box, "general")
    heard: list[list[str]] = []

    async def listen() -> None:
        async with box.http.stream("GET", f"/client/{TEAM}/U0BOB/{general}/live") as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    heard.append(json.loads(line.removeprefix("data: ")))
                if len(heard) == 1 and not box.world.channels[general].messages:
                    await actions.say(box.world, user="U0ALICE", channel=general, text="Live")
                if len(heard) == 2:
                    return

    await asyncio.wait_for(listen(), 20)

    assert "messages" in heard[0]
    assert heard[1] == ["head", "messages", "sidebar", "thread"]


async def test_nothing_is_heard_of_a_conversation_one_may_not_see(box: Box) -> None:
    from sandbox.page.live import parts_of
    from sandbox.world import Change

    made = await box.control("channels", name="secret", is_private=True, members=["U0ALICE"])
    place = made["channel"]["id"]
    change = Change(kind="message", team=TEAM, channel=place)

    bob, alice = box.world.users["U0BOB"], box.world.users["U0ALICE"]
    assert parts_of(change, box.world, bob, "search") == set()
    assert parts_of(change, box.world, alice, place) == {"sidebar", "messages", "thread", "head"}


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
