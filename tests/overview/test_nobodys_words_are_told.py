"""Whatever members write anywhere, no word of it comes to a coordinator's Monday or the digest."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.kernel.ids import WorkspaceId
from bot.programme import store as programmes
from bot.programme.use_cases import set_channel
from tests.e2e.filling import filled
from tests.support.running_programme import START, Running, running_programme
from tests.support.workspace import all_text, buttons

MARK = "Zirbelkiefer"
WRITES_NOTHING = ("Settings", "Tools", "Who sees what?", "Delete", "Leave", "Take a break")


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def writes_everywhere(here: Running, user: str) -> int:
    """Press what stands on Home, and write into every form that opens; how many were sent."""
    sent = 0
    for label in [one["text"]["text"] for one in buttons(await here.slack.home(user))]:
        now = [one["text"]["text"] for one in buttons(await here.slack.home(user))]
        if label not in now or label.startswith(WRITES_NOTHING):
            continue
        await here.slack.press(user, label)
        forms = [one for one in await here.slack.views(user) if one.get("submit")]
        if forms:
            answers = filled(forms[-1], lambda _block: MARK, {}, day=START.date())
            sent += MARK in answers.values()
            await here.slack.submit(user, forms[-1]["id"], answers)
        while await here.slack.views(user):
            await here.slack.close(user)
    return sent


async def with_channel(here: Running) -> str:
    """Give the programme a channel for digests, and its id."""
    slack = here.slack
    workspace_id = WorkspaceId(slack.cairn.workspace_id)
    channel = await here.channel()
    async with slack.cairn.database.writing() as connection:
        found = await programmes.programme(connection, workspace_id, here.programme.id)
        assert found is not None
        await set_channel(
            connection, workspace_id, found.id, channel=channel, confirmed=(), now=START
        )
    return channel


async def test_no_word_of_anybody_reaches_coordinators(here: Running) -> None:
    channel = await with_channel(here)
    await here.slack.advance(days=14)
    sent = [await writes_everywhere(here, user) for user in (here.bob, here.dana, here.mentor)]
    await here.slack.advance(days=28)

    to_carol = await here.texts(here.coordinator)
    home = all_text(await here.slack.home(here.coordinator))
    await here.slack.press(here.coordinator, "In figures")
    figures = all_text(await here.slack.view(here.coordinator))
    assert sum(sent) > 5, sent
    for told in (*to_carol, home, figures):
        assert MARK not in told
    digests = [
        one for one in await here.slack.messages(channel=channel) if "*Next.*" in one["text"]
    ]
    assert digests
    assert all(MARK not in one["text"] for one in digests)
