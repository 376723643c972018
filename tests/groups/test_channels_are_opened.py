"""A group's channel is opened by an errand, and what is for the group waits until it is there."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.delivery import store
from bot.delivery.model import Pace
from bot.delivery.paces import pace_of
from bot.delivery.reasons import sentence
from bot.errands.tables import errand
from handlers.sending import channels
from runtime.commands.queue import look_at_queue
from tests.support.draft_programme import Draft, draft_programme

INTRODUCED = {"days": 1, "minutes": 5, "seconds": 10}
CREATE = "conversations.create"


@pytest.fixture
async def here(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Draft]:
    async with draft_programme(sqlite_template, tmp_path, mentors=2, mentees=6) as draft:
        yield draft


async def break_slack(here: Draft, **fault: Any) -> None:
    assert (await here.slack.http.post("/_sandbox/faults", json=fault)).status_code == 200


async def introduced(here: Draft) -> list[str]:
    """The groups' channels in which something was said."""
    channels_of_groups = (await here.channels()).values()
    return sorted([one for one in channels_of_groups if await here.slack.messages(channel=one)])


async def pace(here: Draft) -> Pace:
    now = here.slack.clock.now()
    async with here.slack.cairn.database.writing() as connection:
        return await pace_of(connection, here.workspace_id, now=now)


async def owed(here: Draft) -> list[str]:
    async with here.slack.cairn.database.reading() as connection:
        return list((await connection.execute(errand.select())).scalars())


async def test_channels_open_and_groups_are_introduced_once_nothing_can_be_undone(
    here: Draft,
) -> None:
    await here.approve()
    await here.slack.advance(days=1, minutes=4)
    assert await here.slack.calls(CREATE) == []

    await here.slack.advance(minutes=1, seconds=10)

    assert await introduced(here) == sorted((await here.channels()).values())
    assert len(await here.channels()) == 2
    assert await owed(here) == []


async def test_a_429_of_opening_channels_leaves_the_rate_of_messages_alone(here: Draft) -> None:
    await break_slack(here, kind="ratelimit", on=CREATE, retry_after_s=600, count=1)
    before = await pace(here)
    await here.approve()
    await here.slack.advance(**INTRODUCED)

    after = await pace(here)
    waiting = await owed(here)
    asked = await here.slack.calls(CREATE)
    await here.slack.advance(minutes=9)
    asked_meanwhile = await here.slack.calls(CREATE)
    await here.slack.advance(minutes=2)

    assert after.rate >= before.rate
    assert after.paused_until is None
    assert len(waiting) == 2
    assert len(asked) == len(asked_meanwhile) == 1  # the other group's errand waits, too
    assert len(await introduced(here)) == 2


async def test_a_429_of_posting_halves_the_rate_of_messages(here: Draft) -> None:
    await here.approve()
    await here.slack.advance(days=1, minutes=4)
    before = await pace(here)
    await break_slack(here, kind="ratelimit", on="chat.postMessage", retry_after_s=30, count=1)

    await here.slack.advance(minutes=1, seconds=5)

    after = await pace(here)
    assert after.rate == before.rate / 2
    assert after.paused_for == "rate_limited"


@pytest.mark.parametrize("error", ["restricted_action", "missing_scope"])
async def test_a_channel_that_slack_will_never_open_is_told_and_opened_once_it_will(
    here: Draft, error: str
) -> None:
    await break_slack(here, kind="error", error=error, when="before", on=CREATE)
    await here.approve()
    await here.slack.advance(days=2)
    said = await look_at_queue(here.slack.cairn.options)
    tried = len(await here.slack.calls(CREATE))

    await here.slack.http.post("/_sandbox/faults", json={"clear": True})
    await look_at_queue(here.slack.cairn.options, resend="all")
    await here.slack.advance(minutes=1)

    assert tried == 2
    assert said.count("Dead letter") == 2
    assert said.count(sentence(error)) == 4
    assert "Not done: open the channel of group:" in said
    assert len(await introduced(here)) == 2
    assert "Not done" not in await look_at_queue(here.slack.cairn.options)


async def test_sending_a_groups_message_again_opens_its_channel(here: Draft) -> None:
    await break_slack(here, kind="error", error="restricted_action", when="before", on=CREATE)
    await here.approve()
    await here.slack.advance(days=2)
    await here.slack.http.post("/_sandbox/faults", json={"clear": True})

    async with here.slack.cairn.database.writing() as connection:
        assert await store.resend(connection, here.workspace_id, now=here.slack.clock.now()) == 2
    await here.slack.advance(minutes=1)

    assert len(await introduced(here)) == 2
    assert await owed(here) == []


async def test_an_approval_that_is_undone_leaves_no_channel_owed(here: Draft) -> None:
    await here.approve()
    await here.slack.press(here.carol, "Undo the approval", modal=True)
    assert await owed(here) == []

    await here.slack.advance(days=2)

    assert await here.slack.calls(CREATE) == []


async def test_a_group_from_before_channels_were_owed_gets_its_channel(here: Draft) -> None:
    await here.approve()
    async with here.slack.cairn.database.writing() as connection:
        await connection.execute(errand.delete())

    await here.slack.advance(**INTRODUCED)

    assert len(await introduced(here)) == 2


async def test_a_bot_killed_between_opening_a_channel_and_knowing_it_opens_one(
    here: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = asyncio.Event()

    async def die(*_: object) -> None:
        opened.set()
        await asyncio.Event().wait()

    await here.approve()
    await here.slack.advance(days=1, minutes=4)
    with monkeypatch.context() as patched:
        patched.setattr(channels, "_keep", die)
        here.slack.clock.set(here.slack.clock.now() + timedelta(minutes=2))
        await here.slack.cairn.jobs.dispatcher.drain()
        dying = asyncio.ensure_future(here.slack.cairn.jobs.run_errands())
        await asyncio.wait_for(opened.wait(), timeout=10)
        dying.cancel()
        await asyncio.wait({dying})
    assert await here.channels() == {}
    await here.slack.advance(minutes=10)

    state = await here.slack.state()
    there = [one for one in state["channels"] if one["is_private"] and one["id"].startswith("C")]
    assert sorted(one["id"] for one in there) == sorted((await here.channels()).values())
    assert len(await introduced(here)) == len(there) == 2
