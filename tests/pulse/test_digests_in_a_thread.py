"""A digest of many groups is one message; its groups and its trend stand in the thread, once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.kernel.ids import WorkspaceId
from bot.programme import store as programmes
from bot.programme.use_cases import set_channel
from tests.support.open_pulse import Pulse, open_pulse

GROUPS = 8


@pytest.fixture
async def pulse(tmp_path: Path) -> AsyncIterator[Pulse]:
    async with open_pulse(tmp_path, mentors=GROUPS, mentees=GROUPS * 2) as found:
        await found.until_it_opens()
        yield found


async def to_a_channel(pulse: Pulse) -> str:
    """Let digests go to a channel that the app is in, and give its id."""
    cairn = pulse.slack.cairn
    workspace_id = WorkspaceId(cairn.workspace_id)
    async with cairn.database.writing() as connection:
        groups = await programmes.groups(connection, workspace_id, pulse.programme_id)
        channel = next(one.slack_channel for one in groups if one.slack_channel)
        now = pulse.slack.clock.now()
        its = (connection, workspace_id, pulse.programme_id)
        await set_channel(*its, channel=channel or "", confirmed=(), now=now)
    return channel or ""


async def thread(pulse: Pulse, where: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The message that says that the pulse has closed, and the texts of its replies."""
    every = await pulse.slack.messages(**where)
    (first,) = [one for one in every if "has closed" in one["text"]]
    replies = [one["text"] for one in every if one.get("thread_ts") == first["ts"]]
    return first, [text for text in replies if text != first["text"]]


@pytest.mark.parametrize("has_channel", [True, False])
async def test_the_groups_stand_in_the_thread(pulse: Pulse, has_channel: bool) -> None:
    where = {"channel": await to_a_channel(pulse)} if has_channel else {"user": pulse.coordinator}

    await pulse.slack.go_to((await pulse.round()).closes_at + timedelta(hours=1))

    first, replies = await thread(pulse, where)
    assert "Each group's result stands in the thread" in first["text"]
    assert "Group of" not in first["text"]
    (groups,) = replies
    assert groups.count("Group of") == GROUPS


async def test_a_reply_of_which_slack_does_not_say_that_it_arrived_stands_there_once(
    pulse: Pulse,
) -> None:
    where = {"channel": await to_a_channel(pulse)}
    fault = {"kind": "drop", "on": "chat.postMessage", "count": 1_000}
    await pulse.slack.http.post("/_sandbox/faults", json=fault)

    await pulse.slack.go_to((await pulse.round()).closes_at + timedelta(hours=2))

    _, replies = await thread(pulse, where)
    calls = [one["method"] for one in await pulse.calls()]
    assert "conversations.replies" in calls
    assert len(replies) == 1
