"""Who clicks twice gets it once, and reads no failure."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.edge.test_faults import break_slack
from tests.edge.test_slack_is_busy import past_of_bob
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def click_twice(here: Running, action_id: str, **where: Any) -> None:
    """Click twice, so quickly that the second click was made before the first was answered."""
    body = {"user": here.bob, "action_id": action_id, **where}
    slack = here.slack
    await asyncio.gather(*(slack.http.post("/_sandbox/click", json=body) for _ in range(2)))
    await slack.settle()


async def test_a_second_click_on_delete_says_nothing_else_than_the_first(here: Running) -> None:
    shown = await past_of_bob(here, "To be deleted")
    before = await here.texts(here.bob)
    await break_slack(here, kind="delay", delay_s=0.3, on="views.update", count=1)

    await click_twice(here, "checkin.delete", view_id=shown["id"])

    assert [all_text(view).count("deleted") for view in await here.slack.views(here.bob)][-1] == 1
    assert "not there any more" not in all_text(await here.slack.views(here.bob))
    assert await here.texts(here.bob) == before


async def test_a_second_click_that_opens_a_form_opens_no_second_one(here: Running) -> None:
    await here.home_text(here.bob, until="My check-ins")
    home = await here.slack.home(here.bob)
    await break_slack(here, kind="delay", delay_s=0.3, on="views.open", count=1)

    await click_twice(here, "checkin.open", view_id=home["id"])

    assert len(await here.slack.calls("views.open")) == 1
    assert len(await here.slack.views(here.bob)) == 1


async def test_the_same_button_works_again_once_it_has_been_done(here: Running) -> None:
    home = await here.slack.home(here.bob)

    for _ in range(2):
        await here.slack.click(here.bob, "checkin.open", view_id=home["id"])
        await here.slack.close(here.bob)

    assert len(await here.slack.calls("views.open")) == 2
