"""From the close to the end of what is kept, as members and the coordinator live it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.flows.closing import close_programme
from bot.kernel.ids import WorkspaceId
from bot.programme.model import Use
from tests.portfolio.test_portfolio import files_of
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path, uses={Use.CHECKINS, Use.CLOSING}) as running:
        yield running


async def close(here: Running) -> None:
    cairn = here.slack.cairn
    its = (cairn.database, WorkspaceId(cairn.workspace_id), here.programme.id)
    await close_programme(*its, now=here.slack.clock.now())


async def test_members_are_told_get_what_is_theirs_and_then_it_is_gone(here: Running) -> None:
    form = await here.open_form(here.bob)
    lens = next(b["block_id"] for b in form["blocks"] if b.get("block_id", "").startswith("lens"))
    await here.slack.submit(here.bob, form["id"], {lens: "Worth keeping", "confidence": "4"})
    await here.slack.close(here.bob)
    await close(here)
    assert "Kept until" in await here.home_text(here.bob, until="Kept until")

    await here.slack.advance(days=80)

    [notice] = [m for m in await here.slack.messages(user=here.bob) if "Get your" in m["text"]]
    assert "6 December 2026" in notice["text"]
    assert len(await here.slack.messages(user=here.dana)) > 0
    await here.slack.press(here.bob, "Get my data", message=notice)
    assert set(await files_of(here, here.bob)) == {"my-data.zip"}
    await here.slack.close(here.bob)
    told = await here.slack.messages(user=here.coordinator)
    [news] = [one for one in told if "has ended. On" in one["text"]]
    await here.slack.press(here.coordinator, "Postpone by 30 days", message=news)
    assert "5 January 2027" in await here.home_text(here.bob, until="5 January 2027")

    await here.slack.advance(days=42)

    assert "Your words are deleted" in await here.home_text(here.bob, until="are deleted")
    told = await here.slack.messages(user=here.coordinator)
    assert "1 check-in" in told[-1]["text"]
    again = [m for m in await here.slack.messages(user=here.bob) if "Get your" in m["text"]]
    assert len(again) == 1


async def test_a_coordinator_changes_the_days_and_nobody_else_does(here: Running) -> None:
    await here.slack.press(here.coordinator, "Tools")
    tools = await here.slack.view(here.coordinator)
    assert "Words are deleted 90 days after its end" in all_text(tools)
    action = f"retention.open:{here.programme.id}"
    await here.slack.click(here.coordinator, action, view_id=tools["id"], value=here.programme.id)
    form = await here.slack.view(here.coordinator)
    wrong = {"words_days": "many", "names_days": "365", "notice_days": "14"}
    said = await here.slack.submit(here.coordinator, form["id"], wrong)
    assert "whole number of days" in str(said) + all_text(await here.slack.view(here.coordinator))
    right = {"words_days": "30", "names_days": "60", "notice_days": "14"}
    await here.slack.submit(here.coordinator, form["id"], right)
    assert "Saved" in all_text(await here.slack.view(here.coordinator))
