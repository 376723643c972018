"""An agreement in Slack, from the first answer to the review, for its two sides alone."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.agreements.tables import agreement
from tests.support.running_programme import STRANGER, Running, running_programme
from tests.support.succession import succeed
from tests.support.workspace import all_text, buttons

SAID = {
    "goals": "Bob wants <!channel> & calm.",
    "frequency": "weekly",
    "confidentiality": "between_us",
    "ending": "either",
}
THEIRS = SAID | {"goals": "Alice wants to listen.", "frequency": "monthly"}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def home(here: Running, who: str) -> str:
    return all_text(await here.slack.home(who))


async def press(here: Running, who: str, label: str) -> None:
    """Press what stands first under this label, in the modal that lies on top or on Home."""
    is_modal = bool(await here.slack.views(who))
    await here.slack.press(who, label, modal=is_modal)


async def send(here: Running, who: str, answers: dict[str, Any]) -> str:
    form = await here.slack.view(who)
    await here.slack.submit(who, form["id"], answers)
    return await top(here, who)


async def top(here: Running, who: str) -> str:
    views = await here.slack.views(who)
    return all_text(views[-1]) if views else ""


async def bob_answers(here: Running) -> None:
    await press(here, here.bob, "Fill in")
    await send(here, here.bob, SAID)
    await here.slack.close(here.bob)


async def alice_answers_both(here: Running) -> None:
    """Fill in once for Bob and Dana."""
    await press(here, here.mentor, "Fill in")
    await press(here, here.mentor, "Fill in")
    form = await here.slack.view(here.mentor)
    [other] = next(one for one in form["blocks"] if one.get("block_id") == "also")["element"][
        "options"
    ]
    await send(here, here.mentor, THEIRS | {"also": [other["value"]]})
    await here.slack.close(here.mentor)


async def test_two_people_come_from_two_answers_to_one_agreement(here: Running) -> None:
    assert "Say what you expect of working with" in await home(here, here.bob)
    await bob_answers(here)
    before = await home(here, here.mentor)
    assert "calm" not in before
    await alice_answers_both(here)

    await press(here, here.bob, "Compare")
    both = await top(here, here.bob)
    assert "You chose differently on 1 thing" in both
    assert "*You*\nEvery week" in both
    assert "*\nOnce a month" in both
    assert "Starting with the more frequent one" in both
    assert "Bob wants &lt;!channel&gt; &amp; calm." in both
    await press(here, here.bob, "Write one text")
    form = await here.slack.view(here.bob)
    filled = {one["block_id"]: one["element"] for one in form["blocks"] if one["type"] == "input"}
    assert filled["goals"]["initial_value"] == f"{SAID['goals']}\n{THEIRS['goals']}"
    assert "initial_option" not in filled["frequency"]
    await send(here, here.bob, SAID | {"frequency": "two_weeks"})

    assert "wrote your agreement down" in await home(here, here.mentor)
    await press(here, here.mentor, "Read it")
    assert "Every two weeks" in await top(here, here.mentor)
    await press(here, here.mentor, "Confirm")
    assert "You agreed on this on 7 September" in await top(here, here.mentor)
    assert "Agreed with 1 of 2 people." in await home(here, here.mentor)
    assert "1 of 2 pairs of mentee and mentor has agreed" in await home(here, here.coordinator)


async def test_nothing_of_it_is_in_a_message_or_before_anybody_else(here: Running) -> None:
    await bob_answers(here)
    await here.slack.advance(days=7)
    nudge = (await here.texts(here.mentor))[-1]
    assert "Say what you expect of working with Bob" in nudge
    await alice_answers_both(here)
    await press(here, here.bob, "Compare")
    [button] = [b for b in buttons(await here.slack.view(here.bob)) if "Write" in str(b["text"])]
    await here.slack.close(here.bob)
    pairing_id = button["value"]

    for action in ("agreement.fill", "agreement.list"):
        seen = await here.slack.home(here.dana)
        await here.slack.click(here.dana, action, value=pairing_id, view_id=seen["id"])
        assert "calm" not in await top(here, here.dana)
    await press(here, here.dana, "Fill in")
    await send(here, here.dana, SAID | {"goals": "Dana's own."})
    assert "calm" not in str(await here.slack.views(here.dana))
    for who in (here.dana, here.coordinator, STRANGER):
        assert "calm" not in await home(here, who)
    state = await here.slack.state()
    messages = [
        one for one in state["channels"] for one in await here.slack.messages(channel=one["id"])
    ]
    assert "calm" not in str(messages)
    assert await top(here, here.bob) == ""
    await press(here, here.bob, "Compare")
    assert "calm" in await top(here, here.bob)


async def test_answers_can_be_taken_back_and_written_while_the_other_writes(here: Running) -> None:
    await press(here, here.bob, "Fill in")
    assert "you can change them or take them back" in await send(here, here.bob, SAID)
    await press(here, here.bob, "Take back")
    assert "Your answers are deleted" in await top(here, here.bob)
    await here.slack.close(here.bob)
    await press(here, here.bob, "Fill in")
    stale = await here.slack.view(here.bob)
    await alice_answers_both(here)
    await here.slack.submit(here.bob, stale["id"], SAID)
    await here.slack.close(here.bob)

    await press(here, here.bob, "Compare")
    assert "Alice wants to listen." in await top(here, here.bob)


async def test_it_is_looked_at_again_after_a_month_and_by_an_heir_never(here: Running) -> None:
    await bob_answers(here)
    await alice_answers_both(here)
    await press(here, here.bob, "Compare")
    await press(here, here.bob, "Write one text")
    await send(here, here.bob, SAID)
    await here.slack.close(here.bob)
    await press(here, here.mentor, "Read it")
    await press(here, here.mentor, "Confirm")
    await here.slack.close(here.mentor)

    cairn = here.slack.cairn
    long_ago = here.slack.clock.now() - timedelta(days=31)
    async with cairn.database.writing() as connection:
        await connection.execute(sa.update(agreement).values(agreed_at=long_ago))
    assert "still fit, after a month" in await home(here, here.bob)
    await press(here, here.bob, "Look at it")
    await press(here, here.bob, "It still fits")
    await here.slack.close(here.bob)
    assert "still fit" not in await home(here, here.bob)

    await succeed(here)
    assert "Say what you expect of working with" in await home(here, STRANGER)
    assert "calm" not in await home(here, STRANGER)
    await press(here, here.bob, "My agreements")
    listed = await top(here, here.bob)
    assert "Ended. You can both still read" in listed
    await here.slack.click(
        here.bob,
        "agreement.show",
        value=next(
            b["value"]
            for b in buttons(await here.slack.view(here.bob))
            if b["text"]["text"] == "Open"
        ),
        view_id=(await here.slack.view(here.bob))["id"],
    )
    shown = await top(here, here.bob)
    assert "calm" in shown
    assert "Change" not in shown
