"""users.list, conversations.members and the other lists, page by page."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from sandbox_support.box import Box


async def every(box: Box, method: str, key: str, limit: int, **args: Any) -> list[list[Any]]:
    """Read a list as an app does: until the cursor is empty."""
    pages, cursor = [], ""
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = await box.api(method, limit=limit, **more, **args)
        assert answer["ok"], answer
        pages.append(answer[key])
        cursor = answer["response_metadata"]["next_cursor"]
        if not cursor:
            return pages


async def a_crowd(box: Box, count: int) -> list[str]:
    await box.control("limits", on=False)
    people = [{"id": f"W0{number:03}", "name": f"p{number}"} for number in range(count)]
    await box.control("users", users=people)
    return [str(one["id"]) for one in people]


@pytest.mark.parametrize("limit", [1, 7, 20, 1000])
async def test_everybody_is_listed_once_whatever_the_page_s_size(
    inner_box: Box, limit: int
) -> None:
    crowd = await a_crowd(inner_box, 20)

    pages = await every(inner_box, "users.list", "members", limit)

    listed = [one["id"] for page in pages for one in page]
    assert len(listed) == len(set(listed))
    assert {*crowd, "U0ALICE", "U0BOB", "U0OWNER", "USLACKBOT"} <= set(listed)
    assert all(len(page) <= limit for page in pages)


async def test_who_leaves_between_two_pages_hides_nobody(inner_box: Box) -> None:
    box = inner_box
    crowd = await a_crowd(box, 6)
    made = await box.control("channels", name="ward", members=crowd)
    ward = made["channel"]["id"]

    first = await box.api("conversations.members", channel=ward, limit=3)
    await box.control("leave", user=crowd[0], channel=ward)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await box.api("conversations.members", channel=ward, limit=100, cursor=cursor)

    assert [*first["members"], *rest["members"]] == crowd
    assert rest["response_metadata"]["next_cursor"] == ""


@pytest.mark.parametrize(
    "cursor", ["page:2", "3", "====", base64.b64encode(b"next_ts:1.0").decode(), "bmV4dDotMTpV"]
)
@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("users.list", {}),
        ("conversations.list", {}),
        ("conversations.members", {"channel": "#general"}),
        ("users.conversations", {"user": "U0ALICE"}),
    ],
)
async def test_a_cursor_that_slack_did_not_give_is_refused(
    inner_box: Box, method: str, args: dict[str, Any], cursor: str
) -> None:
    answer = await inner_box.api(method, cursor=cursor, **args)

    assert answer["error"] == "invalid_cursor"


async def test_channels_are_listed_page_by_page(inner_box: Box) -> None:
    for number in range(5):
        await inner_box.control("channels", name=f"ward-{number}")

    pages = await every(inner_box, "conversations.list", "channels", 2)

    names = [one["name"] for page in pages for one in page]
    assert len(pages) == 4
    assert len(names) == len(set(names)) == 7


async def test_a_thread_and_a_history_are_read_page_by_page(inner_box: Box) -> None:
    box = inner_box
    await box.control("limits", on=False)
    root = (await box.api("chat.postMessage", channel="#general", text="0"))["ts"]
    for number in range(1, 5):
        await box.api("chat.postMessage", channel="#general", text=str(number), thread_ts=root)
    place = box.world.channel_names["T0CAIRN", "general"]

    first = await box.api("conversations.replies", channel=place, ts=root, limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await box.api("conversations.replies", channel=place, ts=root, limit=3, cursor=cursor)

    assert [one["text"] for one in [*first["messages"], *rest["messages"]]] == list("01234")
    assert rest["has_more"] is False
