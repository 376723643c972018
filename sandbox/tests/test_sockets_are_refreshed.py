"""Sockets live as long as they are told to, on virtual time, and end as Slack ends them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import websockets

from sandbox_support.box import Box
from slack_sandbox.socket_mode import REFRESH_AFTER_S


async def opened(box: Box) -> websockets.ClientConnection:
    url = (await box.api("apps.connections.open", token="xapp-sandbox"))["url"]
    connection = await websockets.connect(url)
    await said(connection)
    return connection


async def said(connection: websockets.ClientConnection) -> dict[str, Any]:
    return dict(json.loads(await asyncio.wait_for(connection.recv(), 5)))


async def test_a_socket_is_warned_and_then_closed(box: Box) -> None:
    await box.control("clock", rate=0)
    await box.control("sockets", refresh_after_s=REFRESH_AFTER_S, warning_s=10)
    connection = await opened(box)

    await box.control("clock", advance_s=REFRESH_AFTER_S - 10)
    warning = await said(connection)
    await box.control("clock", advance_s=10)
    last = await said(connection)

    assert (warning["type"], warning["reason"]) == ("disconnect", "warning")
    assert (last["type"], last["reason"]) == ("disconnect", "refresh_requested")
    with pytest.raises(websockets.ConnectionClosed):
        await said(connection)


async def test_between_two_sockets_there_is_a_gap(box: Box) -> None:
    await box.control("clock", rate=0)
    await box.control("sockets", refresh_after_s=60)
    connection = await opened(box)

    await box.control("clock", advance_s=60)
    in_the_gap = await box.control("slash", user="U0BOB", command="/checkin")
    again = await opened(box)

    assert not in_the_gap["acked"]
    assert "dispatch_failed" in in_the_gap["error"]
    assert len((await box.read("sockets"))["connections"]) == 1
    await again.close()
    await connection.close()


async def test_sockets_live_for_ever_unless_they_are_told_otherwise(box: Box) -> None:
    await box.control("clock", rate=0)
    connection = await opened(box)
    await box.control("sockets", refresh_after_s=60)
    await box.control("sockets", refresh_after_s=None)

    await box.control("clock", advance_s=7 * 86_400)

    assert len((await box.read("sockets"))["connections"]) == 1
    await connection.close()


@pytest.mark.parametrize("life", [{"refresh_after_s": 5}, {"refresh_after_s": "x"}, {"other": 1}])
async def test_a_life_that_makes_no_sense_is_refused(box: Box, life: dict[str, Any]) -> None:
    assert (await box.refused("sockets", **life))["field"] in ("refresh_after_s", "other")


async def test_one_fault_is_taken_back_and_the_others_stay(box: Box) -> None:
    made = await box.control("faults", faults=[{"kind": "drop"}, {"kind": "hang"}])

    left = await box.control("faults", remove=made["faults"][0]["id"])

    assert [one["kind"] for one in left["faults"]] == ["hang"]
    assert (await box.refused("faults", remove=999))["field"] == "remove"
