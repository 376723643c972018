"""The clock is virtual, and moves in steps that its followers keep up with."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox_support.box import Box
from slack_sandbox.payloads import Ack, Payload
from slack_sandbox.records import App

MONDAY = datetime(2030, 1, 7, 9, tzinfo=UTC)


class Program:
    """A program that runs on the sandbox's clock and does something every ``every_s``."""

    def __init__(self, box: Box, *, every_s: float) -> None:
        self.box = box
        self.every_s = every_s
        self.done: list[datetime] = []

    async def run(self) -> None:
        state = await self.box.control("follow", follower="program", seen=0)
        due = datetime.fromisoformat(state["now"]) + timedelta(seconds=self.every_s)
        while True:
            now = datetime.fromisoformat(state["now"])
            while due <= now:
                self.done.append(due)
                due += timedelta(seconds=self.every_s)
            state = await self.box.control(
                "follow", follower="program", seen=state["version"], wakes_at=due.isoformat()
            )


@pytest.fixture
async def paused(box: Box) -> Box:
    await box.control("clock", rate=0)
    await box.control("clock", to=MONDAY.isoformat(), step=False)
    return box


async def now_of(box: Box) -> datetime:
    return datetime.fromisoformat((await box.read("clock"))["now"])


async def test_a_paused_clock_stands_still(paused: Box) -> None:
    await asyncio.sleep(0.02)

    assert await now_of(paused) == MONDAY


async def test_a_fast_clock_runs_ahead(box: Box) -> None:
    before = await now_of(box)

    await box.control("clock", rate=10_000)
    await asyncio.sleep(0.05)

    assert await now_of(box) - before > timedelta(minutes=5)


async def test_an_advance_adds_to_the_clock(paused: Box) -> None:
    answer = await paused.control("clock", advance_s=3600)

    assert datetime.fromisoformat(answer["now"]) == MONDAY + timedelta(hours=1)
    assert answer["settled"]


async def test_every_step_of_a_follower_is_done_at_its_time(paused: Box) -> None:
    program = Program(paused, every_s=3600)
    running = asyncio.create_task(program.run())
    await asyncio.sleep(0.05)

    answer = await paused.control("clock", advance_s=86_400)
    running.cancel()

    assert answer["settled"]
    assert answer["steps"] == 24
    assert program.done == [MONDAY + timedelta(hours=hour) for hour in range(1, 25)]


async def test_the_next_due_thing_is_jumped_to(paused: Box) -> None:
    running = asyncio.create_task(Program(paused, every_s=500).run())
    await asyncio.sleep(0.05)

    answer = await paused.control("clock", next=True)
    running.cancel()

    assert datetime.fromisoformat(answer["now"]) == MONDAY + timedelta(seconds=500)


async def test_next_says_so_when_nothing_is_due(paused: Box) -> None:
    answer = await paused.refused("clock", next=True)

    assert answer["field"] == "next"


async def test_a_jump_without_steps_models_downtime(paused: Box) -> None:
    program = Program(paused, every_s=3600)
    running = asyncio.create_task(program.run())
    await asyncio.sleep(0.05)

    answer = await paused.control("clock", advance_s=86_400, step=False)
    running.cancel()

    assert answer["steps"] == 1
    assert len(program.done) == 24


async def test_a_follower_that_hangs_leaves_the_move_unsettled(paused: Box) -> None:
    await paused.control("follow", follower="stuck", seen=0)
    started = time.monotonic()

    answer = await paused.control("clock", advance_s=60, wait_s=0.2)

    assert not answer["settled"]
    assert time.monotonic() - started < 2
    assert datetime.fromisoformat(answer["now"]) == MONDAY + timedelta(seconds=60)


async def test_a_follower_that_died_is_soon_forgotten(
    paused: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slack_sandbox.followers.BROKEN_GRACE_S", 0.05)
    running = asyncio.create_task(Program(paused, every_s=3600).run())
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    answer = await paused.control("clock", advance_s=60, wait_s=30)

    assert answer["settled"]
    assert (await paused.read("state"))["followers"] == []


async def test_a_running_clock_wakes_its_follower(box: Box) -> None:
    state = await box.control("follow", follower="program", seen=0)
    due = datetime.fromisoformat(state["now"]) + timedelta(seconds=0.1)
    started = time.monotonic()

    await box.control("follow", follower="program", seen=state["version"], wakes_at=due.isoformat())

    assert 0.05 < time.monotonic() - started < 2


async def test_an_unacknowledged_event_is_sent_again_at_slacks_times(paused: Box) -> None:
    heard: list[tuple[float, Any]] = []

    async def deaf(_: App, payload: Payload) -> Ack:
        attempt = (payload.retry, payload.retry_reason)
        heard.append((paused.world.clock.time() - MONDAY.timestamp(), attempt))
        return Ack(acked=False, ms=0.0, reason="http_timeout")

    paused.world.sockets.ever_connected.add("A0SANDBOX")
    paused.world.transports["socket"] = deaf

    await paused.control("home", user="U0ALICE")
    await paused.control("clock", advance_s=600)

    assert heard == [
        (0.0, (0, None)),
        (0.0, (1, "http_timeout")),
        (60.0, (2, "http_timeout")),
        (360.0, (3, "http_timeout")),
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "advance_s"),
        ({"advance_s": -1}, "advance_s"),
        ({"advance_s": "soon"}, "advance_s"),
        ({"to": "yesterday"}, "to"),
        ({"to": "2030-01-07T09:00:00"}, "to"),
        ({"to": "2001-01-01T00:00:00+00:00"}, "to"),
        ({"rate": -1}, "rate"),
        ({"rate": 1e9}, "rate"),
        ({"advance_s": 1, "to": MONDAY.isoformat()}, "to"),
        ({"advance_s": 1, "step": "no"}, "step"),
        ({"speed": 3}, "speed"),
    ],
)
async def test_a_malformed_move_names_its_field(paused: Box, body: Any, field: str) -> None:
    assert (await paused.refused("clock", **body))["field"] == field
