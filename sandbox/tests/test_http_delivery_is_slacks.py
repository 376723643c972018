"""HTTP delivery: signed as Slack signs, and sent again as Slack sends again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox_support.box import Box
from slack_sandbox.seed import SIGNING_SECRET
from slack_sandbox.server import listen


class Receiver:
    """An app's HTTP side that writes down what it gets and answers with what it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[Response] = []

    async def take(self, request: Request) -> Response:
        self.got.append((dict(request.headers), await request.body()))
        return self.answers.pop(0) if self.answers else Response(status_code=200)

    async def until(self, count: int) -> None:
        for _ in range(300):
            if len(self.got) >= count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"got {len(self.got)} of {count}")


@pytest.fixture
async def receiver(box: Box) -> AsyncIterator[Receiver]:
    made = Receiver()
    listener = listen("127.0.0.1", 0)
    app = Starlette(routes=[Route("/events", made.take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    task = asyncio.create_task(server._serve(sockets=[listener]))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/events"
    await box.control("app", mode="http", request_url=url, events=["app_home_opened"])
    await box.control("clock", rate=0)
    yield made
    server.should_exit = True
    await task
    listener.close()


def failing(status: int = 500, **headers: str) -> Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status_code=status, headers=names)


async def test_a_request_carries_slacks_signature_and_the_real_time(
    box: Box, receiver: Receiver
) -> None:
    await box.control("clock", advance_s=10**8)

    await box.control("slash", user="U0ALICE", command="/x", text="a & b")

    headers, body = receiver.got[0]
    stamp = headers["x-slack-request-timestamp"]
    base = b"v0:" + stamp.encode() + b":" + body
    wanted = "v0=" + hmac.new(SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
    assert headers["x-slack-signature"] == wanted
    assert abs(int(stamp) - time.time()) < 60
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert b"text=a+%26+b" in body


async def test_an_event_is_sent_again_three_times_and_no_more(box: Box, receiver: Receiver) -> None:
    receiver.answers = [failing() for _ in range(9)]

    await box.control("home", user="U0ALICE")
    await receiver.until(2)
    at_once = len(receiver.got)
    await box.control("clock", advance_s=59)
    before_a_minute = len(receiver.got)
    await box.control("clock", advance_s=1)
    after_a_minute = len(receiver.got)
    await box.control("clock", advance_s=3600)

    assert [at_once, before_a_minute, after_a_minute, len(receiver.got)] == [2, 2, 3, 4]
    numbers = [headers.get("x-slack-retry-num") for headers, _ in receiver.got]
    reasons = [headers.get("x-slack-retry-reason") for headers, _ in receiver.got]
    assert numbers == [None, "1", "2", "3"]
    assert reasons == [None, "http_error", "http_error", "http_error"]
    assert len({body for _, body in receiver.got}) == 1


async def test_an_app_may_decline_retries(box: Box, receiver: Receiver) -> None:
    receiver.answers = [failing(X_Slack_No_Retry="1")]

    await box.control("home", user="U0ALICE")
    await box.control("clock", advance_s=3600)

    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (Response('{"text": "Hi"}', media_type="application/json"), "Hi"),
        (Response("Hi", media_type="text/plain"), "Hi"),
    ],
)
async def test_an_answer_is_shown_to_the_person(
    box: Box, receiver: Receiver, answer: Response, shown: str
) -> None:
    receiver.answers = [answer]

    await box.control("slash", user="U0ALICE", channel="#general", command="/x")

    messages = (await box.read("messages", user="U0ALICE"))["messages"]
    assert [(one["text"], one["ephemeral_to"]) for one in messages] == [(shown, "U0ALICE")]


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_any_other_status_fails_the_command(
    box: Box, receiver: Receiver, status: int
) -> None:
    receiver.answers = [failing(status)]

    result: Any = await box.control("slash", user="U0ALICE", command="/x")

    assert not result["acked"]
    assert result["error"] == '/x failed with the error "dispatch_failed".'


async def test_an_app_that_is_not_there_fails_the_command(box: Box) -> None:
    await box.control("app", mode="http", request_url="http://127.0.0.1:9/slack")

    result = await box.control("slash", user="U0ALICE", command="/x")

    assert not result["acked"]
