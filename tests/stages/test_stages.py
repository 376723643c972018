from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.programme.model import Use
from tests.support.running_programme import STRANGER, Running, running_programme
from tests.support.succession import succeed
from tests.support.workspace import all_text


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path, uses={Use.STAGES, Use.CHECKINS, Use.NUDGES}) as running:
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


async def ask_to_talk(here: Running, note: str = "You have grown; tell me more.") -> dict[str, Any]:
    """The mentor asks to talk first, from Home; gives the message that Bob gets."""
    await here.home_text(here.mentor, until="Read and answer")
    await here.slack.press(here.mentor, "Read and answer")
    await here.slack.press(here.mentor, "Talk first", modal=True)
    form = await here.slack.view(here.mentor)
    await here.slack.submit(here.mentor, form["id"], {"note": note})
    await here.slack.close(here.mentor)
    await here.slack.advance(seconds=10)
    return (await here.slack.messages(user=here.bob))[-1]


async def test_a_mentor_who_asks_to_talk_leaves_the_claim_with_its_author(here: Running) -> None:
    await claim(here)
    told = await ask_to_talk(here)

    assert "would like to talk with you about" in told["text"]
    assert "tell me more" not in str(told)
    assert "waits for your answer" not in all_text(await here.slack.home(here.mentor))
    shown = await here.home_text(here.bob, until="it waits with you")
    assert "send your claim again, or take it back" in shown
    await here.slack.press(here.bob, "Read and answer")
    assert "tell me more" in all_text(await here.slack.view(here.bob))
    await here.slack.press(here.bob, "Send it again", modal=True)
    form = await here.slack.view(here.bob)
    assert "I led" in str(form)
    again = {"level": "Knows how", "evidence": "I led & listened.", "met": ["0"]}
    await here.slack.submit(here.bob, form["id"], again)
    await here.slack.advance(seconds=10)

    assert "waits for your answer" in await here.home_text(here.mentor, until="waits for your")
    await here.slack.press(here.mentor, "Read and answer")
    read = all_text(await here.slack.view(here.mentor))
    assert "I led &amp; listened." in read
    assert "*Ticked as met, 1 of 3:*\n• " in read
    await here.slack.close(here.bob)
    await here.slack.press(here.bob, "My path")
    history = all_text(await here.slack.view(here.bob))
    for said in ("You claimed", "asked to talk about", "tell me more", "I led & listened"):
        assert said.replace("& ", "&amp; ") in history


async def test_a_claim_to_be_talked_about_can_be_taken_back_from_the_message(
    here: Running,
) -> None:
    await claim(here)
    told = await ask_to_talk(here, note="")

    await here.slack.press(here.bob, "Read and answer", message=told)
    await here.slack.press(here.bob, "Withdraw the claim", modal=True)

    assert "Your claim is taken back" in all_text(await here.slack.view(here.bob))
    home = await here.home_text(here.bob, until="Claim a stage")
    assert "would like to talk" not in home
    await here.slack.press(here.bob, "Read and answer", message=told)
    assert "nothing to read here any more" in all_text(await here.slack.view(here.bob))


async def test_the_path_says_in_words_where_one_is_and_what_comes_before_the_next(
    here: Running,
) -> None:
    shown = await here.home_text(here.bob, until="My path")

    assert "*Knows* (you are here) → Knows how → Shows how" in shown
    await here.slack.press(here.bob, "My path")
    path = all_text(await here.slack.view(here.bob))
    assert "*Before Knows how:*\n• You can say in your own words" in path


async def test_a_claim_waits_on_the_mentors_home_week_after_week(here: Running) -> None:
    await claim(here)

    for _ in range(3):
        await here.slack.advance(days=7)
        home = await here.home_text(here.mentor, until="waits for your answer")
        assert "claims *Knows how* and waits for your answer" in home
        assert "I led" not in home
    assert "has waited over a week" not in all_text(await here.slack.home(here.coordinator))
    assert "I led" not in str([await here.texts(one) for one in (here.mentor, here.coordinator)])


async def test_a_coordinator_is_told_that_a_claim_waits_for_a_mentor_who_is_away(
    here: Running,
) -> None:
    await claim(here)
    await here.slack.press(here.mentor, "Take a break", settings=True)
    form = await here.slack.view(here.mentor)
    await here.slack.submit(here.mentor, form["id"], {})
    assert "has waited over a week" not in all_text(await here.slack.home(here.coordinator))

    await here.slack.advance(days=8)

    shown = await here.home_text(here.coordinator, until="has waited over a week")
    (line,) = [one for one in shown.splitlines() if "has waited over a week for an answer" in one]
    assert "Knows" not in line
    assert "I led" not in shown
    await here.slack.press(here.coordinator, "Find another group")
    assert "mentee" in str(await here.slack.view(here.coordinator))


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
    assert "Share it with my mentor" not in await here.home_text(here.bob, until="My path")


async def test_stepping_back_counts_at_once_and_nobody_is_told(here: Running) -> None:
    before = await here.texts(here.mentor)
    await here.slack.press(here.dana, "My path")
    await here.slack.press(here.dana, "Step back", modal=True)
    form = await here.slack.view(here.dana)
    level = next(b for b in form["blocks"] if b.get("block_id") == "level")["element"]
    earlier = level["initial_option"]["value"]

    await here.slack.submit(here.dana, form["id"], {"level": earlier})
    await here.slack.advance(seconds=10)

    assert f"You are at {earlier} now" in all_text((await here.slack.view(here.dana))["blocks"])
    said = f"*{earlier}* (you are here)"
    assert said in await here.home_text(here.dana, until=said)
    assert await here.texts(here.mentor) == before


async def test_a_withdrawn_claim_makes_room_for_another(here: Running) -> None:
    await claim(here)
    assert "Withdraw the claim" in await here.home_text(here.bob, until="Withdraw the claim")
    home = await here.slack.home(here.bob)

    await here.slack.click(here.bob, "stage.withdraw", view_id=home["id"])

    assert "Claim a stage" in await here.home_text(here.bob, until="Claim a stage")
