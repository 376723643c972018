"""A message that was sent is drawn anew, shortened where Slack refuses it, else deleted."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery.tables import outbox
from bot.errands import store
from bot.errands.store import Errand, Want
from bot.kernel.ports import Message
from bot.nudges.use_cases import NUDGE
from handlers.sending.errands import Errands
from handlers.sending.messenger import SlackComposer
from tests.support.running_programme import Running, running_programme

MONDAY = datetime(2026, 9, 14, 8, 30, tzinfo=UTC)
LONG = Message("मैंने पूछा " * 900, ({"type": "divider"},))


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        await running.slack.go_to(MONDAY)
        yield running


async def refuse(here: Running, method: str, error: str, count: int) -> None:
    fault = {"kind": "error", "error": error, "when": "before", "on": method, "count": count}
    assert (await here.slack.http.post("/_sandbox/faults", json=fault)).status_code == 200


async def redraw(here: Running, message: Message | None = LONG) -> list[Errand]:
    """Draw the mentor's nudge anew, as `message`; what is owed afterwards."""
    cairn = here.slack.cairn

    async def written(*_: object) -> Message | None:
        return message

    async with cairn.database.writing() as connection:
        nudge = sa.select(outbox.c.id).where(outbox.c.kind == NUDGE)
        place = (await connection.execute(nudge)).scalars().all()[0]
        now = here.slack.clock.now()
        await store.ask(connection, cairn.workspace_id, Want.REDRAWN, place=place, now=now)
    await Errands(cairn.services, SlackComposer(cairn.services, {NUDGE: written})).run()
    async with cairn.database.reading() as connection:
        return await store.owed(connection, cairn.workspace_id)


async def last(here: Running) -> dict[str, Any]:
    return (await here.slack.messages(user=here.mentor))[-1]


async def test_a_long_text_is_shortened_before_slack_refuses_it(here: Running) -> None:
    owed = await redraw(here)

    shown = await last(here)
    assert owed == []
    assert shown["text"].startswith("मैंने पूछा मैंने")
    assert len(shown["text"].encode()) <= 3500
    assert [block["type"] for block in shown["blocks"]] == ["divider"]


async def test_what_slack_still_refuses_is_drawn_as_its_text_alone(here: Running) -> None:
    await refuse(here, "chat.update", "msg_blocks_too_long", 1)

    owed = await redraw(here)

    assert owed == []
    assert [block["type"] for block in (await last(here))["blocks"]] == ["section"]


@pytest.mark.parametrize("error", ["msg_too_long", "edit_window_closed", "cant_update_message"])
async def test_what_cannot_be_updated_is_deleted_and_the_errand_ends(
    here: Running, error: str
) -> None:
    before = await last(here)
    await refuse(here, "chat.update", error, 2)

    owed = await redraw(here)

    assert owed == []
    assert before["ts"] not in [one["ts"] for one in await here.slack.messages(user=here.mentor)]


async def test_what_can_neither_be_updated_nor_deleted_is_shown_to_the_coordinator(
    here: Running,
) -> None:
    await refuse(here, "chat.update", "edit_window_closed", 2)
    await refuse(here, "chat.delete", "cant_delete_message", 1)

    owed = await redraw(here)
    shown = await here.home_text(here.coordinator, until="Not done yet")

    assert [one.last_error for one in owed] == ["cant_delete_message"]
    assert "a message could not be drawn anew or deleted: Slack does not let Cairn" in shown
    assert "Not done yet" not in await here.home_text(here.mentor, until="My people")
    await here.slack.press(here.coordinator, "Try again")
    assert "Not done yet" not in await here.home_text(here.coordinator, until="Autumn mentoring")


async def test_an_errand_that_our_own_defect_breaks_holds_up_no_other(here: Running) -> None:
    cairn = here.slack.cairn
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
