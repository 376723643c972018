"""The page over HTTP: who sees what."""

from __future__ import annotations

import asyncio
import json

import pytest

from sandbox_support.asking import TEAM, channel, do, page, text
from sandbox_support.box import Box
from slack_sandbox import actions
from slack_sandbox.page.live import parts_of
from slack_sandbox.world import Change


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
    made = await box.control("channels", name="secret", is_private=True, members=["U0ALICE"])
    place = made["channel"]["id"]
    change = Change(kind="message", team=TEAM, channel=place)

    bob, alice = box.world.users["U0BOB"], box.world.users["U0ALICE"]
    assert parts_of(change, box.world, bob, "search") == set()
    assert parts_of(change, box.world, alice, place) == {"sidebar", "messages", "thread", "head"}
