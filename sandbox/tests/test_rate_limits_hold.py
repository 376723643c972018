"""Slack's published limits are enforced on the virtual clock, and can be set to any figure."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox_support.box import BOT_TOKEN, Box
from slack_sandbox.clock import Clock
from slack_sandbox.limits import Limits

HEADERS = {"Authorization": f"Bearer {BOT_TOKEN}"}


async def post(box: Box, channel: str) -> Any:
    body = {"channel": channel, "text": "x"}
    return await box.http.post("/api/chat.postMessage", json=body, headers=HEADERS)


@pytest.fixture
async def paused(box: Box) -> Box:
    await box.control("clock", rate=0)
    return box


async def test_a_channel_takes_a_short_burst_and_then_one_message_a_second(paused: Box) -> None:
    burst = [(await post(paused, "#general")).status_code for _ in range(4)]

    assert burst == [200, 200, 200, 429]
    await paused.control("clock", advance_s=1)
    assert [(await post(paused, "#general")).status_code for _ in range(2)] == [200, 429]


async def test_a_refusal_says_how_long_to_wait_and_posts_nothing(paused: Box) -> None:
    for _ in range(3):
        await post(paused, "U0ALICE")

    refused = await post(paused, "U0ALICE")

    assert refused.headers["Retry-After"] == "1"
    assert refused.json() == {"ok": False, "error": "ratelimited"}
    assert len((await paused.read("messages", user="U0ALICE"))["messages"]) == 3


async def test_whoever_waits_as_told_gets_through(paused: Box) -> None:
    for _ in range(60):
        answer = await post(paused, "#general")
        if answer.status_code == 429:
            await paused.control("clock", advance_s=int(answer.headers["Retry-After"]))
            answer = await post(paused, "#general")
        assert answer.status_code == 200


async def test_one_channel_does_not_slow_another(paused: Box) -> None:
    for _ in range(4):
        await post(paused, "#general")

    assert (await post(paused, "U0ALICE")).status_code == 200


async def test_a_person_and_their_dm_share_one_limit(paused: Box) -> None:
    place = (await paused.control("direct", user="U0ALICE"))["channel"]["id"]

    statuses = [(await post(paused, one)).status_code for one in ("U0ALICE", place) * 2]

    assert statuses == [200, 200, 200, 429]


def test_a_workspace_takes_several_hundred_messages_a_minute() -> None:
    clock = Clock(rate=0)
    limits = Limits(clock)
    sent = 0

    for second in range(60):
        clock.jump(second)
        for channel in range(100):
            place = f"D{second}-{channel}"
            if limits.take("chat.postMessage", app_id="A", team_id="T", channel_id=place) is None:
                sent += 1

    assert 525 <= sent <= 620


def test_workspaces_do_not_share_a_limit() -> None:
    limits = Limits(Clock(rate=0))
    for _ in range(20):
        assert limits.take("users.list", app_id="A", team_id="T1") is None

    assert limits.take("users.list", app_id="A", team_id="T1") is not None
    assert limits.take("users.list", app_id="A", team_id="T2") is None


async def test_limits_can_be_switched_off_and_on(paused: Box) -> None:
    await paused.control("limits", on=False)
    assert [(await post(paused, "#general")).status_code for _ in range(9)] == [200] * 9

    await paused.control("limits", on=True)
    assert [(await post(paused, "#general")).status_code for _ in range(9)][3:] == [429] * 6


async def test_any_figure_can_be_set(paused: Box) -> None:
    await paused.control("limits", post_burst_per_channel=1, methods_per_minute={"auth.test": 2})

    assert [(await post(paused, "#general")).status_code for _ in range(2)] == [200, 429]
    answers = [(await paused.api("auth.test"))["ok"] for _ in range(3)]
    assert answers == [True, True, False]


async def test_the_report_says_what_was_allowed_and_refused(paused: Box) -> None:
    for _ in range(5):
        await post(paused, "#general")

    report = await paused.read("limits")

    used = report["used"]["T0CAIRN"]["chat.postMessage"]
    assert (used["allowed"], used["refused"], used["per_minute"]) == (3, 2, 525)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"on": "no"}, "on"),
        ({"speed": 3}, "speed"),
        ({"post_per_second_per_channel": 0}, "post_per_second_per_channel"),
        ({"methods_per_minute": {"auth.test": -1}}, "methods_per_minute.auth.test"),
        ({"methods_per_minute": 3}, "methods_per_minute"),
    ],
)
async def test_a_malformed_limit_names_its_field(box: Box, body: Any, field: str) -> None:
    assert (await box.refused("limits", **body))["field"] == field
