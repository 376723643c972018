"""A coordinator ends a programme in Slack, and everybody keeps what is theirs."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.kernel.clock import local_date
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as found:
        yield found


async def end_form(here: Running) -> str:
    await here.slack.press(here.coordinator, "Extend or close")
    return str((await here.slack.view(here.coordinator))["id"])


async def test_a_closed_programme_says_goodbye_and_home_keeps_what_is_ones_own(
    here: Running,
) -> None:
    form = await here.open_form(here.bob)
    lens = next(b["block_id"] for b in form["blocks"] if str(b.get("block_id")).startswith("lens_"))
    words = {lens: "A hard conversation that went well.", "visibility": "only_me"}
    await here.slack.submit(here.bob, form["id"], words)
    await here.slack.close(here.bob)

    view = await end_form(here)
    unsure = await here.slack.submit(here.coordinator, view, {"next": "close"})
    assert "Tick the box" in str(unsure)
    await here.slack.submit(here.coordinator, view, {"next": "close", "sure": ["yes"]})
    assert "is closed" in all_text(await here.slack.view(here.coordinator))
    await here.slack.settle()

    for who in (here.bob, here.mentor):
        assert sum("has come to its end" in one for one in await here.texts(who)) == 1
    home = await here.home_text(here.bob, until="has ended")
    for kept in ("has ended", "My path", "My people", "My past check-ins", "In a crisis"):
        assert kept in home
    for gone in ("Ask for another mentor", "Claim a stage", "Check in\n"):
        assert gone not in home
    said = await here.slack.slash(here.bob)
    assert "has ended" in str(said) or any("has ended" in one for one in await here.texts(here.bob))
    before = len(await here.texts(here.bob))
    await here.slack.advance(days=15)
    assert len(await here.texts(here.bob)) == before


async def test_a_programme_goes_on_for_some_weeks(here: Running) -> None:
    view = await end_form(here)
    missing = await here.slack.submit(here.coordinator, view, {"next": "extend"})
    assert "Choose how many weeks" in str(missing)
    await here.slack.submit(here.coordinator, view, {"next": "extend", "weeks": "4"})

    seen = await here.slack.view(here.coordinator)
    weeks = here.programme.weeks + 4
    end = here.programme.starts_on + timedelta(weeks=weeks)
    assert f"with week {weeks}." in all_text(seen)
    assert f"of {weeks}" not in all_text(await here.slack.home(here.bob))
    await here.slack.submit(here.coordinator, seen["id"], {})
    assert "*Done.* The programme ends" in all_text(await here.slack.view(here.coordinator))
    assert f"of {weeks}" in await here.home_text(here.bob, until=f"of {weeks}")
    assert local_date(here.slack.clock.now(), "UTC") < end
