"""Tools stand behind one button on a coordinator's Home, and nowhere for anybody else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def test_a_coordinator_has_tools(here: Running) -> None:
    await here.slack.press(here.coordinator, "Tools")

    shown = await here.slack.view(here.coordinator)

    assert shown["title"]["text"] == "Tools"


async def test_nobody_else_sees_the_button(here: Running) -> None:
    assert "Tools" not in all_text(await here.slack.home(here.bob)).split("\n")
