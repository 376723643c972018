"""What its writer shows to fewer people, or deletes, goes from every message that showed it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery.tables import outbox
from bot.errands import store
from bot.errands.store import Want
from bot.kernel.ports import Message
from bot.nudges.use_cases import NUDGE
from handlers.sending.errands import Errands
from handlers.sending.messenger import SlackComposer
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text

MONDAY = datetime(2026, 9, 14, 8, 30, tzinfo=UTC)
SECRET = "I should not have said that"
KEPT = "This may stay"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def break_slack(here: Running, **fault: Any) -> None:
    assert (await here.slack.http.post("/_sandbox/faults", json=fault)).status_code == 200


async def write(here: Running, user: str, words: str, visibility: str) -> None:
    view = await here.open_form(user)
    lens = next(b["block_id"] for b in view["blocks"] if b.get("block_id", "").startswith("lens_"))
    await here.slack.submit(user, view["id"], {lens: words, "visibility": visibility})
    await here.slack.close(user)


async def change(here: Running, action_id: str) -> str:
    """Change Bob's latest check-in; what he is told."""
    await here.slack.slash(here.bob, "past")
    listed = await here.slack.view(here.bob)
    await here.slack.click(here.bob, "checkin.read", view_id=listed["id"])
    one = await here.slack.view(here.bob)
    await here.slack.click(here.bob, action_id, view_id=one["id"])
    said = all_text(await here.slack.view(here.bob))
    await here.slack.close(here.bob)
    return said


async def in_channel(here: Running) -> str:
    return str(await here.slack.messages(channel=await here.channel()))


async def told_mentor(here: Running) -> str:
    return str(await here.slack.messages(user=here.mentor))


@pytest.mark.parametrize("action_id", ["checkin.narrow:only_me", "checkin.delete"])
async def test_a_post_whose_outcome_is_unknown_is_removed_once_it_is_found(
    here: Running, action_id: str
) -> None:
    await here.slack.advance(minutes=1)
    await break_slack(here, kind="drop", on="chat.postMessage", count=1)
    await break_slack(here, kind="status", status=503, on="conversations.history", count=2)
    await write(here, here.bob, SECRET, "group")
    assert SECRET in await in_channel(here)

    said = await change(here, action_id)
    still_there = SECRET in await in_channel(here)
    await here.slack.advance(minutes=30)

    assert "is removed as soon as Slack allows it" in said
    assert still_there
    assert SECRET not in await in_channel(here)


async def test_a_post_that_slack_would_not_remove_at_first_is_removed_later(here: Running) -> None:
    await write(here, here.bob, SECRET, "group")
    await here.slack.advance(minutes=1)
    assert SECRET in await in_channel(here)
    await break_slack(here, kind="status", status=503, when="before", on="chat.delete", count=2)

    said = await change(here, "checkin.delete")
    await here.slack.advance(minutes=10)

    assert "is removed as soon as Slack allows it" in said
    assert SECRET not in await in_channel(here)


async def test_a_post_that_may_not_be_removed_is_said_to_stay(here: Running) -> None:
    await write(here, here.bob, SECRET, "group")
    await here.slack.advance(minutes=1)
    await break_slack(
        here, kind="error", error="cant_delete_message", when="before", on="chat.delete"
    )

    said = await change(here, "checkin.delete")

    assert "could not be removed; ask somebody who manages the channel" in said


@pytest.mark.parametrize("action_id", ["checkin.narrow:only_me", "checkin.delete"])
async def test_the_mentors_nudge_quotes_it_no_more_and_keeps_what_others_wrote(
    here: Running, action_id: str
) -> None:
    await write(here, here.dana, KEPT, "mentor")
    await write(here, here.bob, SECRET, "mentor")
    await here.slack.go_to(MONDAY)
    assert SECRET in await told_mentor(here)
    before = len(await here.slack.messages(user=here.mentor))
    await break_slack(here, kind="status", status=503, when="before", on="chat.update", count=2)

    await change(here, action_id)
    await here.slack.advance(minutes=10)

    assert SECRET not in await told_mentor(here)
    assert KEPT in await told_mentor(here)
    assert len(await here.slack.messages(user=here.mentor)) == before


async def test_an_earlier_nudge_quotes_it_no_more_either(here: Running) -> None:
    await write(here, here.bob, SECRET, "mentor")
    await here.slack.go_to(MONDAY)
    await here.slack.advance(days=7)
    assert (await told_mentor(here)).count(SECRET) > 0

    await change(here, "checkin.narrow:only_me")
    await here.slack.advance(minutes=1)

    assert SECRET not in await told_mentor(here)


async def test_a_nudge_that_did_not_quote_it_is_left_alone(here: Running) -> None:
    await here.slack.go_to(MONDAY)
    await write(here, here.bob, SECRET, "mentor")

    await change(here, "checkin.delete")
    await here.slack.advance(minutes=1)

    assert await here.slack.calls("chat.update") == []


async def test_a_nudge_that_was_put_off_stays_put_off(here: Running) -> None:
    await write(here, here.bob, SECRET, "mentor")
    await here.slack.go_to(MONDAY)
    last = (await here.slack.messages(user=here.mentor))[-1]
    await here.slack.click(here.mentor, "nudge.tomorrow", channel=last["channel"], ts=last["ts"])

    await change(here, "checkin.delete")
    await here.slack.advance(minutes=1)
    put_off = (await here.slack.messages(user=here.mentor))[-1]["text"]
    await here.slack.advance(days=1)

    assert put_off.startswith("Put off")
    assert SECRET not in await told_mentor(here)
    assert (await here.slack.messages(user=here.mentor))[-1]["text"].startswith("Your mentoring")


async def test_an_errand_that_our_own_defect_breaks_holds_up_no_other(here: Running) -> None:
    cairn = here.slack.cairn
    await write(here, here.bob, SECRET, "mentor")
    await here.slack.go_to(MONDAY)
    channel = await here.channel()

    async def broken(*_: object) -> Message | None:
        raise ZeroDivisionError

    async with cairn.database.writing() as connection:
        nudge = sa.select(outbox.c.id).where(outbox.c.kind == NUDGE)
        ask = partial(store.ask, connection, cairn.workspace_id, now=here.slack.clock.now())
        await ask(Want.REDRAWN, place=(await connection.execute(nudge)).scalars().all()[0])
        await ask(Want.OUT, place=channel, person=here.bob)
    await Errands(cairn.services, SlackComposer(cairn.services, {NUDGE: broken})).run()

    async with cairn.database.reading() as connection:
        owed = await store.owed(connection, cairn.workspace_id)
    channels = {one["id"]: one["members"] for one in (await here.slack.state())["channels"]}
    assert [(one.want, one.last_error) for one in owed] == [(Want.REDRAWN, "unexpected")]
    assert here.bob not in channels[channel]
