"""The server stops at once and without a complaint, whoever is still waiting for something."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest

from sandbox_support.box import BOT_TOKEN, Box
from slack_sandbox.seed import populate
from slack_sandbox.server import running
from slack_sandbox.world import World


async def test_those_who_wait_are_answered_when_the_server_stops(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(rate=0)
    populate(world)
    async with httpx.AsyncClient(timeout=30) as http:
        async with running(world) as base:
            follow = {"follower": "one", "seen": world.clock.version}
            waiting = asyncio.create_task(http.post(f"{base}/_sandbox/follow", json=follow))
            fault = {"kind": "hang", "on": "auth.test"}
            await http.post(f"{base}/_sandbox/faults", json=fault)
            token = {"Authorization": f"Bearer {BOT_TOKEN}"}
            hanging = asyncio.create_task(http.post(f"{base}/api/auth.test", headers=token))
            page = asyncio.create_task(
                http.get(f"{base}/client/T0CAIRN/{next(iter(world.users))}/search/live")
            )
            await asyncio.sleep(0.3)
            stopped_s = time.monotonic()
        took_s = time.monotonic() - stopped_s

        assert took_s < 0.9
        assert (await waiting).json()["version"] == follow["seen"]
        assert (await page).status_code == 200
        with pytest.raises(httpx.TransportError):
            await hanging
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_caller_who_hangs_up_while_being_read_is_no_error(
    box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    address = urlsplit(box.base)
    for path in ("/_sandbox/users", "/client/T0CAIRN/U0BOB/search/say", "/people"):
        with socket.create_connection((address.hostname, address.port)) as caller:
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{{"
            caller.sendall(head.encode())
            await asyncio.sleep(0.1)
    await asyncio.sleep(0.1)

    assert (await box.read("state"))["ok"]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
