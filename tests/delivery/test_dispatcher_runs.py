"""The dispatcher as it runs on and is stopped."""

import asyncio
from datetime import timedelta

from bot.delivery.model import OutboxState
from tests.delivery.conftest import Office

S = timedelta(seconds=1)


async def test_running_sends_on_a_nudge_and_stops_when_told(office: Office) -> None:
    stop = asyncio.Event()
    office.dispatcher.poll_s = 30
    running = asyncio.create_task(office.dispatcher.run(stop))
    await asyncio.sleep(0.1)

    await office.put("bob")
    office.dispatcher.nudge()
    await asyncio.sleep(0.3)
    stop.set()
    await asyncio.wait_for(running, 5)

    assert office.slack.texts() == ["notice about bob"]
    assert (await office.entry("bob")).state == OutboxState.SENT


async def test_stopping_sees_through_what_is_on_its_way(office: Office) -> None:
    stop = asyncio.Event()
    office.slack.takes_s = 0.3
    await office.put("bob")
    running = asyncio.create_task(office.dispatcher.run(stop))
    await asyncio.sleep(0.15)

    stop.set()
    await asyncio.wait_for(running, 5)

    assert (await office.entry("bob")).state == OutboxState.SENT


async def test_stopping_leaves_what_slack_never_answers_to_the_next_process(
    office: Office,
) -> None:
    stop = asyncio.Event()
    office.slack.takes_s = 600
    office.dispatcher.finish_within_s = 0.1
    await office.put("bob")
    running = asyncio.create_task(office.dispatcher.run(stop))
    await asyncio.sleep(0.15)

    stop.set()
    await asyncio.wait_for(running, 5)
    left = (await office.entry("bob")).state
    office.slack.takes_s = 0
    await office.play()

    assert left == OutboxState.SENDING
    assert office.slack.texts() == ["notice about bob"]
    assert (await office.entry("bob")).state == OutboxState.SENT
