"""A mentee writes a compass, looks at it again half way and at the close, and keeps it after."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.compass.rules import MAX_PRINCIPLE_CHARS
from bot.flows.closing import close_programme
from bot.programme.model import Use
from tests.support.running_programme import START, Running, running_programme
from tests.support.workspace import all_text, buttons

HALF_WAY = START + timedelta(weeks=5)
CLOSE = START + timedelta(weeks=9)
TO_WRITE, TO_LOOK = "Write your compass:", "look at your compass again"
FIRST = {
    "principle_1": "I ask before I assume.",
    "ring_1": "individual",
    "principle_2": "Nobody is only a case.",
    "principle_3": "Rest is part of the work 🦉",
}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path, uses={Use.COMPASS}) as running:
        yield running


async def write(here: Running, answers: dict[str, Any], label: str = "Write my compass") -> str:
    """Open the form from Home, fill it in and save it; what is shown then."""
    await here.slack.press(here.bob, label)
    form = await here.slack.view(here.bob)
    await here.slack.submit(here.bob, form["id"], answers)
    return all_text(await here.slack.view(here.bob))


async def test_a_compass_is_written_looked_at_again_and_kept(here: Running) -> None:
    assert TO_WRITE in await here.home_text(here.bob, until=TO_WRITE)
    for other in (here.mentor, here.coordinator):
        assert "your compass" not in (await here.home_text(other, until="In a crisis")).lower()

    saved = await write(here, FIRST)
    await here.slack.close(here.bob)
    home = await here.home_text(here.bob, until="My compass")
    assert "I ask before I assume." in saved
    assert TO_WRITE not in home
    assert "assume" not in home
    await here.slack.go_to(HALF_WAY)
    assert TO_LOOK in await here.home_text(here.bob, until=TO_LOOK)

    looked = await write(
        here,
        FIRST
        | {
            "principle_2": "Nobody is only a bed number.",
            "movements_1": ["stronger", "pulled"],
            "note_1": "The ward round leaves no time to ask.",
            "ring_2": "societal",
        },
        label="Look at it again",
    )
    await here.slack.close(here.bob)
    assert "At the start, 7 September 2026" in looked
    assert "Half way, 12 October 2026" in looked
    for said in ("Nobody is only a case.", "Nobody is only a bed number.", "It has grown stronger"):
        assert said in looked
    assert "The ward round leaves no time to ask." in looked
    assert TO_LOOK not in await here.home_text(here.bob, until="My compass")

    await here.slack.go_to(CLOSE)
    assert TO_LOOK in await here.home_text(here.bob, until=TO_LOOK)
    await here.slack.press(here.bob, "Look at it again")
    await here.slack.press(here.bob, "Not this time", modal=True)
    assert "do not ask again" in all_text(await here.slack.view(here.bob))
    await here.slack.close(here.bob)
    assert TO_LOOK not in await here.home_text(here.bob, until="My compass")

    database = here.slack.cairn.database
    workspace_id, now = here.programme.workspace_id, here.slack.clock.now()
    await close_programme(database, workspace_id, here.programme.id, now=now)
    await here.home_text(here.bob, until="has ended")
    await here.slack.press(here.bob, "My compass")
    page = await here.slack.view(here.bob)
    assert "Nobody is only a bed number." in all_text(page)
    assert [one["text"]["text"] for one in buttons(page)] == ["Delete"]


async def test_what_is_missing_or_too_long_is_said_beside_it_and_nothing_is_lost(
    here: Running,
) -> None:
    await here.slack.press(here.bob, "Write my compass")
    form = await here.slack.view(here.bob)
    for answers, beside in (
        (FIRST | {"principle_3": "  "}, "principle_3"),
        (FIRST | {"principle_2": "x" * (MAX_PRINCIPLE_CHARS + 1)}, "principle_2"),
    ):
        answer = await here.slack.submit(here.bob, form["id"], answers)
        assert beside in str(answer)

    await here.slack.submit(here.bob, form["id"], FIRST)
    assert "Saved." in all_text(await here.slack.view(here.bob))


async def test_versions_are_compared_and_a_compass_can_be_deleted(here: Running) -> None:
    await write(here, FIRST)
    await here.slack.advance(minutes=1)
    await here.slack.press(here.bob, "Change", modal=True)
    form = await here.slack.view(here.bob)
    assert "Nobody is only a case." in str(form)
    await here.slack.submit(here.bob, form["id"], FIRST | {"principle_2": "Second thoughts count."})
    page = await here.slack.view(here.bob)
    assert "Changed, 7 September 2026" in all_text(page)
    chosen = next(b for b in page["blocks"] if b["type"] == "actions")["elements"][0]
    assert [one["text"]["text"] for one in chosen["options"]] == ["At the start, 7 September 2026"]

    await here.slack.advance(minutes=1)
    await here.slack.press(here.bob, "Change", modal=True)
    form = await here.slack.view(here.bob)
    await here.slack.submit(here.bob, form["id"], FIRST | {"principle_2": "Third time lucky."})
    page = await here.slack.view(here.bob)
    chosen = next(b for b in page["blocks"] if b["type"] == "actions")["elements"][0]
    second = chosen["options"][1]["value"]
    await here.slack.click(here.bob, "compass.compare", view_id=page["id"], value=second)
    shown = all_text(await here.slack.view(here.bob))
    assert "Second thoughts count." in shown
    assert "Third time lucky." in shown
    assert "Nobody is only a case." not in shown
    await here.slack.close(here.bob)
    await here.slack.press(here.bob, "My compass")
    await here.slack.press(here.bob, "Delete", modal=True)
    assert "deleted" in all_text(await here.slack.view(here.bob))
    await here.slack.close(here.bob)
    home = await here.home_text(here.bob, until="Not written")
    assert TO_WRITE not in home
    assert "Write my compass" in {
        one["text"]["text"] for one in buttons(await here.slack.home(here.bob))
    }
