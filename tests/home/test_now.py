"""What Home asks its reader to do now: it comes with its button, and goes when it is done."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.draft_programme import Draft, draft_programme
from tests.support.open_pulse import Pulse, open_pulse
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import SlackWorkspace, all_text


def asked(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The sentences under Now, each with its button."""
    found: dict[str, dict[str, Any]] = {}
    under_now = False
    for block in view["blocks"]:
        if block["type"] in ("header", "divider"):
            under_now = block.get("text", {}).get("text") == "Now"
        elif under_now and block["type"] == "section":
            found[block["text"]["text"]] = block["accessory"]
    return found


def styles_of(view: dict[str, Any], action_id: str) -> list[str | None]:
    """How each button of the tab that does `action_id` is drawn: primary or not."""
    buttons = [block.get("accessory", {}) for block in view["blocks"]]
    buttons += [each for block in view["blocks"] for each in block.get("elements", ())]
    return [each.get("style") for each in buttons if each.get("action_id") == action_id]


async def asks(slack: SlackWorkspace, user: str, about: str) -> dict[str, Any] | None:
    """The button of the to-do whose sentence holds `about`, or None."""
    lines = asked(await slack.home(user))
    return next((button for said, button in lines.items() if about in said), None)


async def press_now(slack: SlackWorkspace, user: str, about: str) -> dict[str, Any]:
    """Press the button of that to-do, and look at the form that it opens."""
    button = await asks(slack, user, about)
    assert button is not None, asked(await slack.home(user))
    home = await slack.home(user)
    await slack.click(user, button["action_id"], view_id=home["id"], value=button.get("value"))
    return await slack.view(user)


def saved_form(form: dict[str, Any]) -> dict[str, Any]:
    """What somebody writes into the form of a check-in."""
    lens = next(b["block_id"] for b in form["blocks"] if b.get("block_id", "").startswith("lens_"))
    return {lens: "I led the round.", "visibility": "only_me"}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


@pytest.fixture
async def draft(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Draft]:
    async with draft_programme(sqlite_template, tmp_path, mentors=2, mentees=6) as drafted:
        yield drafted


@pytest.fixture
async def pulse(tmp_path: Path) -> AsyncIterator[Pulse]:
    async with open_pulse(tmp_path, mentors=1, mentees=6) as opened:
        yield opened


async def test_a_mentee_is_asked_for_the_check_in_that_is_due(here: Running) -> None:
    await here.slack.advance(days=8)
    _, second = styles_of(await here.slack.home(here.bob), "checkin.open")
    assert second is None  # of the two buttons that do the same, none but that under Now stands out

    form = await press_now(here.slack, here.bob, "Your check-in is due")
    await here.slack.submit(here.bob, form["id"], saved_form(form))

    assert await asks(here.slack, here.bob, "Your check-in is due") is None
    assert styles_of(await here.slack.home(here.bob), "checkin.open") == [None]
    assert await asks(here.slack, here.mentor, "check-in") is None


async def test_a_mentor_is_asked_to_answer_a_claim(here: Running) -> None:
    home = await here.slack.home(here.bob)
    await here.slack.click(here.bob, "stage.claim", view_id=home["id"])
    form = await here.slack.view(here.bob)
    level = next(b for b in form["blocks"] if b.get("block_id") == "level")["element"]
    chosen = level["initial_option"]["value"]
    await here.slack.submit(here.bob, form["id"], {"level": chosen, "evidence": "I led a round."})

    claim = await press_now(here.slack, here.mentor, f"claims *{chosen}*")
    assert "I led a round." in all_text(claim)
    assert "I led a round." not in all_text(await here.slack.home(here.mentor))
    await here.slack.press(here.mentor, "Confirm", modal=True)

    assert "Confirmed" in all_text(await here.slack.view(here.mentor))
    assert await asks(here.slack, here.mentor, "claims") is None


async def test_a_coordinator_is_led_from_people_to_approved_groups(draft: Draft) -> None:
    [first] = asked(await draft.slack.home(draft.carol))
    assert "Let Cairn propose groups" in first

    await press_now(draft.slack, draft.carol, "Let Cairn propose groups")
    await draft.slack.close(draft.carol)
    await press_now(draft.slack, draft.carol, "A proposal of groups waits for you")
    await draft.slack.press(draft.carol, "Approve…", modal=True)
    await draft.slack.press(draft.carol, "Approve", modal=True)

    assert asked(await draft.slack.home(draft.carol)) == {}


async def test_a_conflict_stays_until_the_two_are_apart(draft: Draft) -> None:
    await draft.approve()
    await draft.slack.advance(days=1, minutes=6)
    await draft.slack.close(draft.carol)
    bob = draft.cast.mentees[0]
    before = await draft.mentor_of(bob)
    for mentor in draft.cast.mentors:
        await draft.change_roster(mentor, capacity=6)
    await draft.slack.press(draft.carol, "Record a conflict")
    form = await draft.slack.view(draft.carol)
    answers = {"senior": before, "kind": "evaluates", "junior": bob, "starts": "2026-09-01"}
    await draft.slack.submit(draft.carol, form["id"], answers)
    await draft.slack.advance(minutes=1)
    await draft.slack.close(draft.carol)

    button = await asks(draft.slack, draft.carol, "should not be")
    assert button is not None
    assert button["text"]["text"] == f"Find another seat for {draft.name(bob)}"
    home = await draft.slack.home(draft.carol)
    await draft.slack.click(
        draft.carol, button["action_id"], view_id=home["id"], value=button["value"]
    )
    await draft.slack.submit(draft.carol, (await draft.slack.view(draft.carol))["id"], {})
    await draft.slack.advance(minutes=1)

    assert await draft.mentor_of(bob) != before
    assert await asks(draft.slack, draft.carol, "should not be") is None


async def test_a_coordinator_is_asked_what_was_done_about_the_pulse(pulse: Pulse) -> None:
    await pulse.until_it_opens()
    for mentee in pulse.mentees:
        await pulse.answer(mentee)
    assert await asks(pulse.slack, pulse.coordinator, "what was done") is None
    await pulse.slack.go_to((await pulse.round()).closes_at + timedelta(hours=1))

    form = await press_now(pulse.slack, pulse.coordinator, "have not heard what was done")
    await pulse.slack.submit(pulse.coordinator, form["id"], {"said": "More time for questions."})

    assert await asks(pulse.slack, pulse.coordinator, "have not heard what was done") is None
    for somebody in (*pulse.mentees, pulse.mentor):
        assert await asks(pulse.slack, somebody, "what was done") is None


async def open_home(slack: SlackWorkspace, user: str) -> dict[str, Any]:
    """The Home tab that a person has open, without opening it anew."""
    found: dict[str, Any] = (await slack.http.get("/_sandbox/home", params={"user": user})).json()
    return dict(found["view"])


async def test_what_was_done_leaves_the_home_that_stands_open(here: Running) -> None:
    await here.slack.advance(days=8)
    form = await press_now(here.slack, here.bob, "Your check-in is due")

    await here.slack.submit(here.bob, form["id"], saved_form(form))
    await here.slack.settle()

    assert "Your check-in is due" not in str(asked(await open_home(here.slack, here.bob)))
    left = asked(await open_home(here.slack, here.bob))
    assert [said for said in left if "check-in" in said] == []


@pytest.mark.parametrize("fault", [{"kind": "error", "error": "fatal_error"}, {"kind": "drop"}])
async def test_a_home_that_slack_refuses_does_not_say_that_nothing_was_done(
    here: Running, fault: dict[str, Any]
) -> None:
    await here.slack.advance(days=8)
    form = await press_now(here.slack, here.bob, "Your check-in is due")
    before = len(await here.slack.messages(user=here.bob))
    on = {"on": "views.publish", "when": "before", "count": 5}
    await here.slack.http.post("/_sandbox/faults", json=fault | on)

    await here.slack.submit(here.bob, form["id"], saved_form(form))
    await here.slack.settle()

    assert "Your check-in is saved" in all_text(await here.slack.view(here.bob))
    assert len(await here.slack.messages(user=here.bob)) == before
    fired = (await here.slack.http.get("/_sandbox/faults")).json()["fired"]
    assert [one["kind"] for one in fired] == [fault["kind"]] * len(fired)
    assert fired
