"""From the prompt itself: check in, skip, another rhythm, a pause; each can be taken back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text, buttons

FIRST = datetime(2026, 9, 14, 10, 0, tzinfo=UTC)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        await running.slack.go_to(FIRST)
        yield running


async def prompt(here: Running) -> dict[str, Any]:
    """The message that asked Bob last, as it stands now."""
    found = await here.slack.messages(user=here.bob)
    asked = [one for one in found if any("checkin.open" in str(b) for b in one["blocks"])]
    return asked[-1]


def labels(message: dict[str, Any]) -> list[str]:
    return [one["text"]["text"] for one in buttons(message)]


async def question_of(here: Running) -> str:
    """The first question of the form behind the button of the last prompt."""
    message = await prompt(here)
    await here.slack.press(here.bob, "Check in", message=message)
    form = await here.slack.view(here.bob)
    await here.slack.close(here.bob)
    return str(form["blocks"][0]["label"]["text"]).partition(": ")[2]


async def test_each_button_says_in_the_message_what_is_true_and_can_be_undone(
    here: Running,
) -> None:
    asked_at_home = await here.home_text(here.bob, until="due this week")
    before = await prompt(here)

    await here.slack.press(here.bob, "Skip this one", message=before)
    skipped = await prompt(here)
    home = await here.home_text(here.bob, until="Last check-in")
    await here.slack.press(here.bob, "Undo", message=skipped)
    asked = await prompt(here)

    await here.slack.press(here.bob, "Pause until a day", message=asked)
    form = await here.slack.view(here.bob)
    early = await here.slack.submit(here.bob, form["id"], {"until": "2026-09-01"})
    await here.slack.submit(here.bob, form["id"], {"until": "2026-10-12"})
    paused = await prompt(here)
    away = await here.home_text(here.bob, until="taking a break until")
    await here.slack.press(here.bob, "Undo", message=paused)
    back = await prompt(here)

    await here.slack.press(here.bob, "Change rhythm", message=back)
    form = await here.slack.view(here.bob)
    await here.slack.submit(here.bob, form["id"], {"every": "4", "day": "2"})
    changed = await prompt(here)
    await here.slack.press(here.bob, "Undo", message=changed)
    undone = await prompt(here)

    assert "due this week" in asked_at_home
    assert labels(before)[:4] == ["Check in", "Skip this one", "Change rhythm", "Pause until a day"]
    assert skipped["text"] == "Skipped; nobody is told. I ask you again on Monday 28 September."
    assert "due this week" not in home
    assert "Choose a day after today" in str(early)
    assert paused["text"].startswith("You are on a break until Monday 12 October")
    assert "taking a break until Monday 12 October" in away
    assert before["text"] == asked["text"] == back["text"]
    assert "Your rhythm is changed. The next one comes on Wednesday" in changed["text"]
    assert "Your rhythm is as it was. The next one comes on Monday, 28 September" in undone["text"]
    assert "Check in" in labels(undone)
    assert len({one["ts"] for one in (before, skipped, paused, changed, undone)}) == 1


async def test_the_form_begins_with_the_question_of_its_message_and_an_old_one_is_over(
    here: Running,
) -> None:
    first = await prompt(here)
    asked, again = await question_of(here), await question_of(here)
    await here.slack.advance(days=8)
    home = await here.home_text(here.bob, until="I will ask on")
    undue = all_text(await here.open_form(here.bob))
    await here.slack.close(here.bob)
    await here.slack.advance(days=6)
    second, next_asked = await prompt(here), await question_of(here)
    await here.slack.press(here.bob, "Skip this one", message=first)
    said = (await here.slack.messages(user=here.bob))[-1]["text"]

    assert asked in first["text"]
    assert asked == again
    assert "due this week" not in home
    assert "I ask you next on Monday 28 September" in undue
    assert next_asked in second["text"]
    assert asked not in all_text(second)
    assert "This prompt is over" in said
    assert "due this week" in await here.home_text(here.bob, until="due this week")
