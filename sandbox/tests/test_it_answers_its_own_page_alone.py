"""Other websites in the same browser, and names they give this machine, get nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox_support.box import Box, small_workspace

EVIL = "http://evil.example"
FOREIGN = [
    {"Host": "evil.example"},
    {"Host": "evil.example:3300"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "localhost@evil.example"},
    {"Host": "127.0.0.1, evil.example"},
    {"Host": ""},
    {"Origin": EVIL},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://localhost"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
]
PATHS = (
    "/_sandbox/state",
    "/_sandbox/calls",
    "/client/T0CAIRN/U0ALICE/home",
    "/client/T0CAIRN/U0ALICE/home/live",
    "/api/auth.test",
    "/static/page.js",
)
POSTS = (
    "/_sandbox/slash",
    "/_sandbox/clock",
    "/_sandbox/faults",
    "/_sandbox/follow",
    "/people",
    "/client/T0CAIRN/U0ALICE/home/say",
    "/response/a/b/c",
)
WEB_SOCKET = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
ALLOWED = "HTTP/1.1 101"


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with small_workspace() as made:
        yield made


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_another_website_gets_nothing(box: Box, headers: dict[str, str]) -> None:
    answers = [await box.http.get(path, headers=headers) for path in PATHS]
    answers += [await box.http.post(path, json={}, headers=headers) for path in POSTS]

    assert [one.status_code for one in answers] == [403] * len(answers)


async def test_a_websocket_is_opened_to_programs_and_the_own_page_alone(box: Box) -> None:
    port = httpx.URL(box.base).port or 0

    async def opened(host: str, more: str = "") -> bool:
        ticket = f"ticket-{host}-{len(more)}"
        box.world.sockets.add_ticket(ticket, next(iter(box.world.apps)))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"GET /socket/?ticket={ticket} HTTP/1.1\r\nHost: {host}\r\n{more}{WEB_SOCKET}\r\n"
        writer.write(head.encode())
        line = (await reader.readline()).decode()
        writer.close()
        return line.startswith(ALLOWED)

    own = f"127.0.0.1:{port}"
    assert await opened(own)
    assert await opened(own, f"Origin: http://{own}\r\n")
    assert not await opened(own, f"Origin: {EVIL}\r\n")
    assert not await opened("evil.example")


async def test_the_own_page_and_programs_are_answered_under_every_name_that_was_given(
    box: Box,
) -> None:
    port = httpx.URL(box.base).port
    box.world.hosts.add("demo.example")

    for host in (f"127.0.0.1:{port}", f"localhost:{port}", "LOCALHOST", "[::1]:1", "demo.example"):
        own = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
        for headers in ({"Host": host}, own, {"Host": host, "Sec-Fetch-Site": "none"}):
            assert (await box.http.get("/_sandbox/state", headers=headers)).status_code == 200
        answer = await box.http.post("/_sandbox/clock", json={"rate": 1}, headers=own)
        assert answer.status_code == 200


async def test_a_link_leads_to_the_first_page_and_to_an_installation(box: Box) -> None:
    link = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }

    first = await box.http.get("/", headers=link)
    install = await box.http.get("/oauth/v2/authorize", headers=link)
    framed = await box.http.get("/", headers=link | {"Sec-Fetch-Dest": "iframe"})

    assert (first.status_code, install.status_code, framed.status_code) == (200, 400, 403)


async def test_no_answer_names_a_version(box: Box) -> None:
    answer = await box.http.get("/_sandbox/state")

    assert "server" not in answer.headers
