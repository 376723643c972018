"""A coordinator's Monday, Home and lists over Slack, and nobody's words in any of them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.kernel.ids import ProgrammeId
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from bot.retention.use_cases import begin
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text, buttons


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def mondays(here: Running) -> list[dict[str, Any]]:
    every = await here.slack.messages(user=here.coordinator)
    return [one for one in every if "need" in one["text"] and "this week" in one["text"]]


async def see(here: Running) -> dict[str, Any]:
    """Open the list of groups that have not met, from the latest Monday's message."""
    monday = (await mondays(here))[-1]
    await here.slack.press(here.coordinator, "See and help", message=monday)
    return await here.slack.view(here.coordinator)


async def test_every_monday_a_coordinator_reads_what_needs_them(here: Running) -> None:
    await here.slack.advance(days=8)
    quiet = await mondays(here)
    await here.slack.advance(days=21)
    found = await mondays(here)

    assert len(quiet) == 1
    assert "Nothing needs you this week." in quiet[0]["text"]
    assert len(found) == 4
    assert "has not met yet" in found[-1]["text"]
    assert "Groups that have met: 0 of 1" in found[-1]["text"]
    assert "*Next.*" in found[-1]["text"]


async def test_monday_and_figures_say_what_an_earlier_programme_soon_deletes(
    here: Running,
) -> None:
    now = here.slack.clock.now()
    earlier = replace(
        here.programme,
        id=ProgrammeId("programme_earlier"),
        name="Last year",
        state=ProgrammeState.CLOSED,
    )
    async with here.slack.cairn.database.writing() as connection:
        await programmes.put_programme(connection, earlier.workspace_id, earlier)
        await begin(connection, earlier, now=now - timedelta(days=70))

    await here.slack.advance(days=8)

    assert "The words of Last year are deleted" in (await mondays(here))[-1]["text"]
    await here.slack.press(here.coordinator, "In figures")
    assert "The words of Last year are deleted" in all_text(await here.slack.view(here.coordinator))
    await here.slack.close(here.coordinator)
    await here.slack.press(here.coordinator, "Tools")
    assert "The next goes in" in all_text(await here.slack.view(here.coordinator))


async def test_a_coordinator_helps_a_group_to_a_date(here: Running) -> None:
    await here.slack.advance(days=29)
    await see(here)

    await here.slack.press(here.coordinator, "Help with a date", modal=True)
    form = await here.slack.view(here.coordinator)
    await here.slack.submit(here.coordinator, form["id"], {"minutes": "45"})
    times = await here.slack.view(here.coordinator)
    offered = next(b for b in times["blocks"] if b.get("block_id") == "times")["element"]
    chosen = [one["value"] for one in offered["options"][:2]]
    await here.slack.submit(here.coordinator, times["id"], {"times": chosen})
    await here.slack.settle()

    mentor = await here.texts(here.mentor)
    bob = await here.texts(here.bob)
    assert any("your coordinator offered" in text for text in mentor)
    assert any("When can you meet?" in text for text in bob)
    assert "has not met yet" not in all_text(await here.slack.home(here.coordinator))
    await here.slack.settle()
    assert "has not met yet" not in (await mondays(here))[-1]["text"]
    await here.slack.press(here.coordinator, "Tools")
    await here.slack.press(here.coordinator, "Look", modal=True)
    assert "times for a meeting" in all_text(await here.slack.view(here.coordinator))


async def test_nobody_else_sees_a_list_or_the_figures(here: Running) -> None:
    assert "In figures" not in all_text(await here.slack.home(here.bob))
    assert [one for one in await here.texts(here.bob) if "need you this week" in one] == []


async def test_figures_open_from_home(here: Running) -> None:
    await here.slack.press(here.coordinator, "In figures")

    shown = all_text(await here.slack.view(here.coordinator))

    assert "Mentees who wrote in the last two weeks: fewer than 5 people" in shown
    assert "Competency stages" not in shown
    assert "What comes next" in shown


async def test_the_button_leads_to_writing_to_the_mentor(here: Running) -> None:
    await here.slack.advance(days=29)

    shown = await see(here)

    write = next(one for one in buttons(shown) if one["text"]["text"] == "Write to the mentor")
    assert write["action_id"] == "announcement.write"
    assert write["value"].startswith("first_meeting:member")
