"""Both sides answer in Slack, each for themselves: one form, a step for each person."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people.use_cases import leave, the_member
from bot.programme.model import Use
from bot.relationship.model import Domain
from tests.checkins.test_no_words_are_sent import FORMS, everything_sent
from tests.support.running_programme import START, Running, running_programme
from tests.support.workspace import all_text

WEEK_2, WEEK_6 = START + timedelta(weeks=1), START + timedelta(weeks=5)
OF_MENTEE, OF_MENTOR = "How is it between you and", "How is it going with"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        await running.do_without(Use.AGREEMENTS, Use.COMMUNITY, Use.COMPASS, Use.GOALS)
        yield running


async def fill_in(here: Running, user: str, **answers: Any) -> str:
    """Answer the form that is open, and give its title and its first question."""
    form = await here.slack.view(user)
    ids = {str(b["block_id"]).partition("_")[0]: b["block_id"] for b in form["blocks"]}
    given = {ids[name]: value for name, value in answers.items()}
    await here.slack.submit(user, form["id"], given)
    return f"{form['title']['text']}: {form['blocks'][0]['label']['text']}"


async def test_a_mentor_goes_through_their_mentees_and_sees_their_answers_side_by_side(
    here: Running,
) -> None:
    assert OF_MENTOR not in await here.home_text(here.mentor, until="In a crisis")
    await here.slack.go_to(WEEK_2)
    assert OF_MENTOR in await here.home_text(here.mentor, until=OF_MENTOR)

    await here.slack.press(here.mentor, "Answer")
    everything = dict.fromkeys((str(one) for one in Domain), "6")
    first = await fill_in(here, here.mentor, **everything | {"trust": "5"})
    second = await fill_in(here, here.mentor, trust="3", time="left_out")
    assert first.startswith("Your mentees, 1 of 2: You and Bob")
    assert second.startswith("Your mentees, 2 of 2: You and Rosa")
    await here.slack.press(here.mentor, "My answers", modal=True)
    page = all_text(await here.slack.view(here.mentor))
    assert "Relying on each other: 5" in page
    assert "Relying on each other: 3" in page
    await here.slack.close(here.mentor)
    assert OF_MENTOR not in await here.home_text(here.mentor, until="My answers")

    await here.slack.go_to(WEEK_6)
    await here.slack.press(here.mentor, "Answer")
    await fill_in(here, here.mentor, trust="7")
    await here.slack.press(here.mentor, "Not this time", modal=True)
    await here.slack.close(here.mentor)
    await here.slack.press(here.mentor, "My answers")
    page = all_text(await here.slack.view(here.mentor))
    assert "*At the start*" in page
    assert "*Half way*" in page
    assert "Left out" in page


async def test_neither_side_learns_anything_of_the_other_and_no_message_says_it(
    here: Running,
) -> None:
    await here.slack.go_to(WEEK_2)
    assert OF_MENTEE in await here.home_text(here.bob, until=OF_MENTEE)
    await here.slack.press(here.bob, "Answer")
    title = await fill_in(here, here.bob, trust="1", overall="2")
    await here.slack.close(here.bob)
    await here.slack.press(here.mentor, "Answer")
    await here.slack.press(here.mentor, "Not this time", modal=True)
    await here.slack.close(here.mentor)
    await here.slack.press(here.mentor, "My answers")
    mentors = all_text(await here.slack.view(here.mentor))
    await here.slack.close(here.mentor)
    await here.slack.advance(days=7)
    said = [text for method, text in await everything_sent(here) if method not in FORMS]

    assert title.startswith("How is it between you?: You and ")
    assert "Relying on each other" not in mentors
    assert "Bob" in mentors
    assert not [one for one in said if "Relying on each other" in one]
    assert "Relying" not in await here.home_text(here.coordinator, until="In a crisis")


async def test_a_form_that_lay_open_past_its_wave_changes_nothing_and_says_so(
    here: Running,
) -> None:
    await here.slack.go_to(WEEK_2)
    await here.slack.press(here.bob, "Answer")
    form = await here.slack.view(here.bob)
    await here.slack.go_to(WEEK_2 + timedelta(weeks=3))
    await here.slack.submit(here.bob, form["id"], {form["blocks"][0]["block_id"]: "4"})

    assert "not open now" in all_text(await here.slack.view(here.bob))
    await here.slack.close(here.bob)
    assert "My answers" not in await here.home_text(here.bob, until="In a crisis")


async def test_a_button_about_somebody_who_has_left_says_so(here: Running) -> None:
    await here.slack.go_to(WEEK_2)
    home = await here.slack.home(here.mentor)
    database, workspace = here.slack.cairn.database, WorkspaceId(here.slack.cairn.workspace_id)
    async with database.writing() as connection:
        bob = await the_member(connection, workspace, SlackUserId(here.bob), hold=True)
        await leave(connection, bob, now=here.slack.clock.now())

    await here.slack.click(here.mentor, "relationship.open", view_id=home["id"])

    assert "not asked about this person" in all_text(await here.slack.view(here.mentor))
