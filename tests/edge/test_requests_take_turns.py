"""Requests beyond what can be done at once wait in order, and nobody is left without an answer."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.kernel.figures import UNMONITORED
from handlers.edge import dispatch as edges
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge, Listener, address
from handlers.edge.services import InFlight, Services


class Only:
    """What the edge itself asks of the services."""

    def __init__(self) -> None:
        self.in_flight = InFlight()
        self.figures = UNMONITORED


def app_with(listener: Listener) -> AsyncApp:
    client = AsyncWebClient(token="xoxb-none", base_url="http://127.0.0.1:9/api/")
    app = AsyncApp(client=client, request_verification_enabled=False, authorize=nobody_asks)
    edge = Edge(Only())  # type: ignore[arg-type]
    edge.command("/checkin", listener)
    edge.view("checkin.form", listener)
    edge.join(app, checks=(), anything_else=listener)
    return app


async def nobody_asks() -> Any:
    return AuthorizeResult(enterprise_id=None, team_id="T0CAIRN", bot_token="xoxb-none")


def command(trigger: str) -> AsyncBoltRequest:
    body = {"command": "/checkin", "team_id": "T0CAIRN", "user_id": "U0BOB", "trigger_id": trigger}
    return AsyncBoltRequest(body=body, mode="socket_mode")


def submission() -> AsyncBoltRequest:
    body = {
        "type": "view_submission",
        "team": {"id": "T0CAIRN"},
        "user": {"id": "U0BOB"},
        "trigger_id": "once",
        "view": {"callback_id": "checkin.form", "state": {"values": {}}},
    }
    return AsyncBoltRequest(body=body, mode="socket_mode")


async def test_they_begin_in_the_order_in_which_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edges, "AT_WORK", 2)
    begun: list[str] = []
    most = at_work = 0

    async def listener(call: Call, _services: Services) -> None:
        nonlocal most, at_work
        begun.append(str(call.trigger_id))
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0)
        at_work -= 1

    app = app_with(listener)
    triggers = [str(number) for number in range(20)]

    answers = await asyncio.gather(*(app.async_dispatch(command(one)) for one in triggers))

    assert {answer.status for answer in answers} == {200}
    assert begun == triggers
    assert most == 2


async def test_who_would_be_served_too_late_is_told_so_and_nothing_is_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(edges, "AT_WORK", 1)
    monkeypatch.setattr(edges, "TURN_WITHIN_S", 0.05)
    free = asyncio.Event()
    begun: list[str] = []

    async def listener(call: Call, _services: Services) -> None:
        begun.append(str(call.trigger_id))
        await free.wait()

    app = app_with(listener)
    first = await app.async_dispatch(command("first"))

    second = await app.async_dispatch(command("second"))
    free.set()

    assert (first.status, second.status) == (200, 503)
    assert begun == ["first"]


async def test_a_form_that_comes_twice_is_saved_once_and_not_closed_before() -> None:
    saved = asyncio.Event()
    begun: list[str] = []

    async def listener(call: Call, _services: Services) -> None:
        begun.append(str(call.trigger_id))
        await saved.wait()
        await call.ack_update({"type": "modal", "title": "Saved"})

    app = app_with(listener)
    first = asyncio.create_task(app.async_dispatch(submission()))
    again = asyncio.create_task(app.async_dispatch(submission()))
    await asyncio.sleep(0.05)

    assert not any(task.done() for task in (first, again))
    saved.set()
    answers = await asyncio.gather(first, again)

    assert len(begun) == 1
    assert [json.loads(str(answer.body))["response_action"] for answer in answers] == ["update"] * 2


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"command": "/checkin"}, ("command", "/checkin")),
        ({"type": "event_callback", "event": {"type": "message"}}, ("event_callback", "message")),
        (
            {"type": "block_actions", "actions": [{"action_id": "a:2"}, {"action_id": "b"}]},
            ("block_actions", "a:2"),
        ),
        ({"type": "view_submission", "view": {"callback_id": "f"}}, ("view_submission", "f")),
        ({"type": "block_actions", "actions": []}, ("block_actions", "")),
        ({"type": "view_closed", "view": "nonsense"}, ("view_closed", "")),
        ({"type": 7}, ("7", "")),
        ({}, ("", "")),
    ],
)
def test_every_request_has_an_address(body: Mapping[str, Any], found: tuple[str, str]) -> None:
    assert address(body) == found
