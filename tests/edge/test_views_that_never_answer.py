"""Slack does not answer when a view is to be shown: nobody waits for ever, or reads an untruth."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from handlers.edge import display
from tests.edge.test_faults import break_slack, struck
from tests.edge.test_slack_is_busy import past_of_bob
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text

WITHIN_S = 0.5


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        monkeypatch.setattr(display, "WORTH_WAITING_S", WITHIN_S)
        monkeypatch.setattr(display, "PAUSES_S", (0.1, 0.1))
        yield running


async def ended_within(here: Running, seconds: float) -> None:
    began = time.monotonic()
    await here.slack.cairn.services.in_flight.none()
    assert time.monotonic() - began < seconds


async def hang(here: Running, method: str, **fault: Any) -> None:
    await break_slack(here, kind="hang", on=method, **fault)


async def test_a_form_that_does_not_open_is_said_not_to_be_there(here: Running) -> None:
    await hang(here, "views.open", when="before")

    await here.slack.slash(here.bob)
    await ended_within(here, 10)

    assert "this was not done" in (await here.texts(here.bob))[-1]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_was_done_is_called_done_though_no_view_answers(
    here: Running, when: str
) -> None:
    shown = await past_of_bob(here, "To be deleted")
    for method in ("views.update", "views.push", "views.open"):
        await hang(here, method, when=when)

    await here.slack.click(here.bob, "checkin.delete", view_id=shown["id"])
    await ended_within(here, 20)

    said = (await here.texts(here.bob))[-1]
    assert "This is done" in said
    assert "not done" not in said


async def test_an_update_that_did_not_answer_is_drawn_again(here: Running) -> None:
    shown = await past_of_bob(here, "To be deleted")
    await hang(here, "views.update", count=1)

    await here.slack.click(here.bob, "checkin.delete", view_id=shown["id"])
    await ended_within(here, 10)

    assert await struck(here) == ["hang"]
    assert "deleted" in all_text(await here.slack.view(here.bob))
