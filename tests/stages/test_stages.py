from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.running_programme import STRANGER, Running, running_programme
from tests.support.succession import succeed
from tests.support.workspace import all_text


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def claim(here: Running, evidence: str = "I led <!channel> & asked.") -> None:
    """Bob claims the next stage from his Home tab."""
    assert "Claim a stage" in await here.home_text(here.bob, until="Claim a stage")
    home = await here.slack.home(here.bob)
    await here.slack.click(here.bob, "stage.claim", view_id=home["id"])
    form = await here.slack.view(here.bob)
    level = next(b for b in form["blocks"] if b.get("block_id") == "level")["element"]
    chosen = level["initial_option"]["value"]
    await here.slack.submit(here.bob, form["id"], {"level": chosen, "evidence": evidence})
    await here.slack.advance(seconds=10)


async def test_a_claim_travels_to_the_mentor_and_its_confirmation_back(here: Running) -> None:
    await claim(here)

    asked = (await here.slack.messages(user=here.mentor))[-1]
    assert "claims the stage" in asked["text"]
    assert "asked." not in str(asked)
    await here.slack.press(here.mentor, "Read and answer", message=asked)
    assert "&lt;!channel&gt; &amp; asked." in all_text(await here.slack.view(here.mentor))
    await here.slack.press(here.mentor, "Confirm", modal=True)
    await here.slack.advance(seconds=10)

    assert "Confirmed" in all_text(await here.slack.view(here.mentor))
    assert "confirms your stage" in (await here.texts(here.bob))[-1]
    assert "I led" not in str(await here.slack.messages(user=here.coordinator))


async def test_a_mentor_may_want_to_talk_first(here: Running) -> None:
    await claim(here)
    asked = (await here.slack.messages(user=here.mentor))[-1]

    await here.slack.press(here.mentor, "Read and answer", message=asked)
    await here.slack.press(here.mentor, "Talk first", modal=True)
    form = await here.slack.view(here.mentor)
    await here.slack.submit(here.mentor, form["id"], {"note": "You have grown; tell me more."})
    await here.slack.advance(seconds=10)

    told = (await here.slack.messages(user=here.bob))[-1]
    assert "would like to talk with you about" in told["text"]
    assert "tell me more" not in str(told)
    shown = await here.home_text(here.bob, until="would like to talk")
    assert "would like to talk about it with you first" in shown
    await here.slack.press(here.bob, "Read", message=told)
    assert "tell me more" in all_text(await here.slack.view(here.bob))


async def test_a_withdrawn_claim_is_not_read_any_more(here: Running) -> None:
    await claim(here)
    asked = (await here.slack.messages(user=here.mentor))[-1]
    await here.home_text(here.bob, until="Withdraw the claim")
    await here.slack.press(here.bob, "Withdraw the claim")

    await here.slack.press(here.mentor, "Read and answer", message=asked)

    assert "not open any more" in str(await here.slack.messages(user=here.mentor))
    assert "I led" not in str(await here.slack.views(here.mentor))


async def test_evidence_for_a_former_mentor_is_not_shown_to_the_heir_unless_shared_again(
    here: Running,
) -> None:
    await claim(here)
    await succeed(here)

    await here.home_text(STRANGER, until="Read and answer")
    await here.slack.press(STRANGER, "Read and answer")
    before = all_text(await here.slack.view(STRANGER))
    await here.slack.close(STRANGER)
    await here.home_text(here.bob, until="Share it with my mentor")
    await here.slack.press(here.bob, "Share it with my mentor")
    await here.slack.advance(seconds=10)
    told = (await here.slack.messages(user=STRANGER))[-1]
    await here.slack.press(STRANGER, "Read and answer", message=told)
    after = all_text(await here.slack.view(STRANGER))

    assert "was for a mentor before you" in before
    assert "I led" not in before
    assert "I led" in after
    assert "Share it with my mentor" not in await here.home_text(here.bob, until="Your stage")


async def test_stepping_back_counts_at_once_and_nobody_is_told(here: Running) -> None:
    assert "Step back" in await here.home_text(here.dana, until="Step back")
    before = await here.texts(here.mentor)
    home = await here.slack.home(here.dana)
    await here.slack.click(here.dana, "stage.back", view_id=home["id"])
    form = await here.slack.view(here.dana)
    level = next(b for b in form["blocks"] if b.get("block_id") == "level")["element"]
    earlier = level["initial_option"]["value"]

    await here.slack.submit(here.dana, form["id"], {"level": earlier})
    await here.slack.advance(seconds=10)

    assert f"You are at {earlier} now" in all_text((await here.slack.view(here.dana))["blocks"])
    assert f"*{earlier}*" in await here.home_text(here.dana, until=f"*{earlier}*")
    assert await here.texts(here.mentor) == before


async def test_a_withdrawn_claim_makes_room_for_another(here: Running) -> None:
    await claim(here)
    assert "Withdraw the claim" in await here.home_text(here.bob, until="Withdraw the claim")
    home = await here.slack.home(here.bob)

    await here.slack.click(here.bob, "stage.withdraw", view_id=home["id"])

    assert "Claim a stage" in await here.home_text(here.bob, until="Claim a stage")
