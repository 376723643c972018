"""Every fault does what it says, as often as it says, and the same way for the same seed."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx
import pytest
import websockets
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from sandbox_support.box import BOT_TOKEN, Box, Json
from slack_sandbox.faults import Faults

HEADERS = {"Authorization": f"Bearer {BOT_TOKEN}"}
HELLO = {"channel": "U0ALICE", "text": "hello"}


async def post(box: Box) -> httpx.Response:
    return await box.http.post("/api/chat.postMessage", json=HELLO, headers=HEADERS, timeout=2)


async def texts(box: Box) -> list[str]:
    return [one["text"] for one in (await box.read("messages", user="U0ALICE"))["messages"]]


class Listener:
    """An app that acknowledges and writes down what it gets, over one or more sockets."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.heard: list[Json] = []
        self.clients: list[SocketModeClient] = []

    async def connect(self) -> SocketModeClient:
        client = SocketModeClient(
            app_token="xapp-sandbox",
            web_client=AsyncWebClient(base_url=f"{self.box.base}/api/"),
        )
        client.socket_mode_request_listeners.append(self.take)  # type: ignore[arg-type]
        await client.connect()  # type: ignore[no-untyped-call]
        self.clients.append(client)
        return client

    async def take(self, client: SocketModeClient, request: SocketModeRequest) -> None:
        self.heard.append({"type": request.type, **request.payload})
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    async def until(self, count: int) -> None:
        for _ in range(300):
            if len(self.heard) >= count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"heard {len(self.heard)} of {count}")


@pytest.fixture
async def listener(box: Box) -> Any:
    await box.control("app", events=["app_home_opened"])
    made = Listener(box)
    await made.connect()
    yield made
    for client in made.clients:
        await client.close()  # type: ignore[no-untyped-call]
        await client.aiohttp_client_session.close()


async def test_a_dropped_answer_leaves_the_message_taken(box: Box) -> None:
    await box.control("faults", kind="drop", on="chat.postMessage", count=1)

    with pytest.raises(httpx.TransportError):
        await post(box)

    assert await texts(box) == ["hello"]
    assert (await post(box)).json()["ok"]


async def test_a_drop_before_it_is_taken_leaves_nothing(box: Box) -> None:
    await box.control("faults", kind="drop", on="chat.*", count=1, when="before")

    with pytest.raises(httpx.TransportError):
        await post(box)

    assert await texts(box) == []


@pytest.mark.parametrize(("when", "taken"), [("before", []), ("after", ["hello"])])
async def test_a_503_may_come_before_or_after_the_message_is_taken(
    box: Box, when: str, taken: list[str]
) -> None:
    await box.control("faults", kind="status", status=503, when=when, count=1)

    answer = await post(box)

    assert answer.status_code == 503
    assert await texts(box) == taken


async def test_a_fatal_error_hides_a_message_that_was_taken(box: Box) -> None:
    await box.control("faults", kind="error", error="fatal_error", count=1)

    answer = await post(box)

    assert answer.json() == {"ok": False, "error": "fatal_error"}
    assert await texts(box) == ["hello"]


async def test_a_storm_of_429_says_how_long_to_wait(box: Box) -> None:
    await box.control("faults", kind="ratelimit", retry_after_s=7, count=3)

    statuses = [(await post(box)).status_code for _ in range(4)]

    assert statuses == [429, 429, 429, 200]
    assert await texts(box) == ["hello"]


async def test_a_delay_is_waited_for(box: Box) -> None:
    await box.control("faults", kind="delay", delay_s=0.2, count=1)
    started = time.monotonic()

    answer = await post(box)

    assert answer.json()["ok"]
    assert time.monotonic() - started >= 0.2


async def test_a_hang_never_answers(box: Box) -> None:
    await box.control("faults", kind="hang", count=1)

    with pytest.raises(httpx.ReadTimeout):
        await box.http.post("/api/chat.postMessage", json=HELLO, headers=HEADERS, timeout=0.2)

    assert await texts(box) == ["hello"]


async def test_a_script_is_played_in_order(box: Box) -> None:
    script = [None, {"kind": "status", "status": 500}, None, {"kind": "ratelimit"}]
    await box.control("limits", on=False)
    await box.control("faults", on="chat.postMessage", script=script)

    statuses = [(await post(box)).status_code for _ in range(5)]

    assert statuses == [200, 500, 200, 429, 200]


def test_the_same_seed_strikes_the_same_calls() -> None:
    def run(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add({"kind": "drop", "probability": 0.3})
        return [faults.draw("chat.postMessage", frozenset({"drop"})) is not None for _ in range(99)]

    assert run(4) == run(4)
    assert run(4) != run(5)
    assert 10 < sum(run(4)) < 50


async def test_a_duplicate_arrives_twice(box: Box, listener: Listener) -> None:
    await box.control("faults", kind="duplicate", on="app_home_opened", count=1)

    await box.control("home", user="U0ALICE")

    await listener.until(2)
    assert listener.heard[0]["event_id"] == listener.heard[1]["event_id"]


async def test_a_reordered_event_arrives_after_the_next(box: Box, listener: Listener) -> None:
    await box.control("faults", kind="reorder", on="app_home_opened", count=1)

    await box.control("home", user="U0ALICE")
    await box.control("home", user="U0BOB")

    await listener.until(2)
    assert [one["event"]["user"] for one in listener.heard] == ["U0BOB", "U0ALICE"]


async def test_a_lost_event_comes_again(box: Box, listener: Listener) -> None:
    await box.control("faults", kind="lose", on="app_home_opened", count=1)

    await box.control("home", user="U0ALICE")

    await listener.until(1)
    assert len(listener.heard) == 1


async def test_a_killed_socket_is_gone(box: Box, listener: Listener) -> None:
    await box.control("faults", kind="kill_socket")

    assert (await box.read("state"))["apps"][0]["connections"] == 0
    result = await box.control("slash", user="U0ALICE", command="/x")
    assert not result["acked"]


async def test_a_deaf_socket_looks_alive_and_hears_nothing(
    box: Box, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slack_sandbox.socket_mode.ACK_WITHIN_S", 0.1)
    await box.control("faults", kind="deaf")

    result = await box.control("slash", user="U0ALICE", command="/x")

    assert not result["acked"]
    assert (await box.read("state"))["apps"][0]["connections"] == 1
    assert listener.heard == []
    await box.control("faults", kind="hear")
    assert (await box.control("slash", user="U0ALICE", command="/x"))["acked"]


async def test_a_refresh_warns_then_disconnects(box: Box) -> None:
    url = (await box.api("apps.connections.open", token="xapp-sandbox"))["url"]
    async with websockets.connect(url) as socket:
        await socket.recv()

        await box.control("faults", kind="refresh_socket", seconds=0.05)

        said = [json.loads(one) async for one in socket]
    assert [one["reason"] for one in said] == ["warning", "refresh_requested"]


async def test_a_client_comes_back_after_a_refresh(box: Box, listener: Listener) -> None:
    await box.control("faults", kind="refresh_socket", seconds=0.2)
    await asyncio.sleep(0.1)

    assert (await box.control("slash", user="U0ALICE", command="/x"))["acked"]


async def test_each_payload_goes_to_one_of_several_sockets(box: Box, listener: Listener) -> None:
    for _ in range(3):
        await listener.connect()

    for _ in range(8):
        await box.control("slash", user="U0ALICE", command="/x")

    assert len(listener.heard) == 8
    assert [one.sent for one in box.world.sockets.connections] == [2, 2, 2, 2]


async def test_ten_sockets_are_taken_and_no_more(box: Box) -> None:
    urls = [
        (await box.api("apps.connections.open", token="xapp-sandbox"))["url"] for _ in range(11)
    ]
    open_ones = [await websockets.connect(url) for url in urls]
    hellos = [await one.recv() for one in open_ones]

    assert sum('"hello"' in str(one) for one in hellos) == 10
    assert "too_many_websockets" in str(hellos[-1])
    for one in open_ones:
        await one.close()


async def test_an_expired_trigger_opens_nothing(box: Box, listener: Listener) -> None:
    await box.control("faults", kind="expire_trigger", count=1)
    await box.control("slash", user="U0ALICE", command="/x")
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}

    answer = await box.api("views.open", trigger_id=listener.heard[0]["trigger_id"], view=view)

    assert answer["error"] == "expired_trigger_id"


async def test_a_skewed_clock_may_go_backwards(box: Box) -> None:
    before = box.world.clock.time()

    await box.control("faults", kind="skew", seconds=-3600)

    assert -3601 < box.world.clock.time() - before < -3590


async def test_faults_are_listed_logged_and_taken_back(box: Box) -> None:
    await box.control("faults", kind="status", count=2)
    await post(box)

    seen = await box.read("faults")
    await box.control("faults", clear=True)

    assert [one["count"] for one in seen["faults"]] == [1]
    assert [one["on"] for one in seen["fired"]] == ["chat.postMessage"]
    assert (await post(box)).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "earthquake"}, "kind"),
        ({"kind": "drop", "probability": 2}, "probability"),
        ({"kind": "drop", "count": 0}, "count"),
        ({"kind": "drop", "when": "later"}, "when"),
        ({"kind": "status", "status": 200}, "status"),
        ({"kind": "delay", "delay_s": -1}, "delay_s"),
        ({"kind": "drop", "colour": "red"}, "colour"),
        ({"script": []}, "script"),
        ({"script": [{"kind": "x"}]}, "script[0].kind"),
        ({"faults": 3}, "faults"),
    ],
)
async def test_a_fault_that_does_not_exist_names_its_field(box: Box, body: Any, field: str) -> None:
    assert (await box.refused("faults", **body))["field"] == field
