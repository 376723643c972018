"""Goals in Slack, from the first one to the last, for their author and for a mentor."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text, buttons

TITLE = "I speak up in rounds <!channel> & more."
ANSWERS = {
    "title": TITLE,
    "next_step": "Ask the registrar one question.",
    "domain": "team",
    "due_on": "2026-10-05",
    "importance": "4",
    "confidence": "4",
}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def set_goal(here: Running, **answers: str) -> dict[str, Any]:
    """Bob sets a goal from Home; gives what he is shown then."""
    await here.slack.close(here.bob)
    await here.slack.press(here.bob, "Set a goal")
    form = await here.slack.view(here.bob)
    await here.slack.submit(here.bob, form["id"], ANSWERS | {"share": "only_me"} | answers)
    return await here.slack.view(here.bob)


async def test_a_mentee_is_asked_for_a_first_goal_and_takes_it_to_its_end(here: Running) -> None:
    assert "Set your first goal" in await here.home_text(here.bob, until="Set your first goal")
    shown = all_text(await set_goal(here))
    assert "&lt;!channel&gt; &amp; more." in shown
    assert "Only you can read it." in shown
    home = await here.home_text(here.bob, until="My goals")
    assert "Set your first goal" not in home
    assert "Confidence 4 of 10" in home

    await here.slack.press(here.bob, "Step done", modal=True)
    form = await here.slack.view(here.bob)
    answers = {"next_step": "Ask two questions.", "confidence": "7"}
    await here.slack.submit(here.bob, form["id"], answers)
    shown = all_text(await here.slack.view(here.bob))
    assert "Confidence 4 → 7 of 10 (up from 4)" in shown
    assert "confidence 7, step done: Ask the registrar one question." in shown

    await here.slack.press(here.bob, "Goal done", modal=True)
    assert "Done. Well worked" in all_text(await here.slack.view(here.bob))
    await here.slack.close(here.bob)
    await here.home_text(here.bob, until="Past goals")
    await here.slack.press(here.bob, "Past goals")
    await here.slack.press(here.bob, "Open", modal=True)
    await here.slack.press(here.bob, "Take it up again", modal=True)
    assert "It is open again." in all_text(await here.slack.view(here.bob))
    await here.slack.press(here.bob, "Delete", modal=True)
    assert "deleted, with its history" in all_text(await here.slack.view(here.bob))
    assert "registrar" not in str(await here.slack.state())


async def test_a_day_that_has_passed_is_one_line_whose_button_gives_a_new_date(
    here: Running,
) -> None:
    await set_goal(here)
    await here.slack.advance(days=30)
    assert "One of your goals was for 5 October." in await here.home_text(
        here.bob, until="5 October"
    )

    await here.slack.close(here.bob)
    await here.slack.press(here.bob, "Done, or a new date?")
    await here.slack.press(here.bob, "New date", modal=True)
    form = await here.slack.view(here.bob)
    await here.slack.submit(here.bob, form["id"], ANSWERS | {"due_on": "2026-11-30"})
    await here.slack.close(here.bob)

    home = await here.home_text(here.bob, until="By 30 November")
    assert "By 30 November" in home
    assert "One of your goals" not in home


async def test_a_mentor_reads_a_shared_goal_in_a_form_and_in_no_message(here: Running) -> None:
    await here.slack.advance(days=2)  # the group has been introduced
    await set_goal(here, share="mentor")
    await set_goal(here, title="For me alone.")
    assert "*Goals shared with you:* " in await here.home_text(here.mentor, until="Goals shared")

    await here.slack.press(here.mentor, "Read")
    read = all_text(await here.slack.view(here.mentor))
    assert ">I speak up in rounds &lt;!channel&gt; &amp; more." in read
    assert "Confidence 4 of 10" in read
    assert "For me alone" not in read
    await here.slack.advance(days=8)
    state = await here.slack.state()
    for channel in state["channels"]:
        assert "speak up" not in str(await here.slack.messages(channel=channel["id"]))
    for person in (here.mentor, here.dana, here.coordinator):
        assert "speak up" not in str(await here.slack.messages(user=person))
        assert "speak up" not in str(await here.slack.home(person))


async def test_what_looks_like_a_patients_details_is_pointed_out_before_it_is_saved(
    here: Running,
) -> None:
    again = await set_goal(here, title="Follow up MRN 12345678.")
    assert "Not saved yet, please look again" in all_text(again)
    assert "Follow up MRN" in str(again)

    answers = ANSWERS | {"title": "Follow up.", "share": "only_me"}
    await here.slack.submit(here.bob, again["id"], answers)

    assert "Saved." in all_text(await here.slack.view(here.bob))


async def test_what_is_missing_is_asked_for_beside_it_and_a_fourth_goal_is_refused_kindly(
    here: Running,
) -> None:
    await here.slack.press(here.bob, "Set a goal")
    form = await here.slack.view(here.bob)
    answer = await here.slack.submit(here.bob, form["id"], {"title": "Only this."})
    assert "Choose a day." in str(answer) or (await here.slack.view(here.bob))["id"] == form["id"]
    for number in range(3):
        await set_goal(here, title=f"Goal {number}.")

    await here.slack.close(here.bob)
    await here.slack.press(here.bob, "Set a goal")

    assert "done or let one go first" in str(await here.slack.views(here.bob)) + str(
        await here.texts(here.bob)
    )


async def test_a_check_in_asks_how_each_goal_goes_and_the_goal_keeps_the_answer(
    here: Running,
) -> None:
    await set_goal(here)
    await here.slack.close(here.bob)
    form = await here.open_form(here.bob)
    (asked,) = [one for one in form["blocks"] if one.get("block_id", "").startswith("goal_")]
    assert "I speak up in rounds" in str(asked)

    await here.slack.submit(here.bob, form["id"], {asked["block_id"]: "stuck"})

    await here.slack.close(here.bob)
    home = await here.slack.home(here.bob)
    (button,) = [one for one in buttons(home) if one["action_id"] == "goal.open"]
    place = {"view_id": home["id"], "value": button["value"]}
    await here.slack.click(here.bob, button["action_id"], **place)
    assert "7 September: stuck" in all_text(await here.slack.view(here.bob))
