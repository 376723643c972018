"""A coordinator notes, corrects and takes back mentors' training; each mentor reads their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.audit import store as audit
from bot.audit.model import Act
from bot.kernel.ids import WorkspaceId
from bot.training import store
from bot.training.model import MentorTraining
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def shown(here: Running) -> str:
    return all_text(await here.slack.view(here.coordinator))


async def fill_in(here: Running, *who: str, name: str, day: str = "2026-09-01") -> object:
    form = await here.slack.view(here.coordinator)
    answers = {"name": name, "day": day, "people": [*who]}
    return await here.slack.submit(here.coordinator, form["id"], answers)


async def note(here: Running, *who: str, name: str, day: str = "2026-09-01") -> object:
    await here.slack.close(here.coordinator)
    await here.slack.press(here.coordinator, "Note or look", tools=True)
    await here.slack.press(here.coordinator, "Note a training", modal=True)
    return await fill_in(here, *who, name=name, day=day)


async def noted(here: Running) -> list[MentorTraining]:
    cairn = here.slack.cairn
    async with cairn.database.reading() as connection:
        return await store.trainings(connection, WorkspaceId(cairn.workspace_id))


async def test_what_was_noted_is_corrected_and_taken_back_and_its_mentor_sees_it(
    here: Running,
) -> None:
    await note(here, here.mentor, name="Giving fedback")
    assert "Giving fedback*, 1 September 2026: " in await shown(here)

    await here.slack.press(here.coordinator, "Correct", modal=True)
    await fill_in(here, here.mentor, name="Giving feedback", day="2026-08-31")

    assert [(one.name, f"{one.held_on}") for one in await noted(here)] == [
        ("Giving feedback", "2026-08-31")
    ]
    await here.slack.press(here.mentor, "Settings")
    own = all_text(await here.slack.view(here.mentor))
    assert "Giving feedback (31 August 2026)" in own
    await here.slack.press(here.bob, "Settings")
    assert "Giving feedback" not in all_text(await here.slack.view(here.bob))

    await here.slack.press(here.coordinator, "Correct", modal=True)
    await here.slack.press(here.coordinator, "Take it back", modal=True)

    assert await noted(here) == []
    assert "No training is noted yet" in await shown(here)
    cairn = here.slack.cairn
    async with cairn.database.reading() as connection:
        acts = await audit.entries(connection, WorkspaceId(cairn.workspace_id))
    assert {one.act for one in acts} >= {
        Act.MENTORS_TRAINING_TAKEN_BACK,
        Act.MENTORS_TRAINING_CORRECTED,
        Act.MENTORS_TRAINED,
    }


async def test_the_same_training_on_the_same_day_is_one(here: Running) -> None:
    await note(here, here.mentor, name="Boundaries")
    await note(here, here.mentor, name="  boundaries ")

    [one] = await noted(here)
    assert (one.name, len(one.people)) == ("boundaries", 1)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"name": " "}, "Write 1 to 80 characters."),
        ({"day": "2026-12-31"}, "Choose a day that has come"),
        ({"who": "bob"}, "1 of them is no mentor or peer-mentor in your list."),
        ({"who": "mentor bob dana"}, "2 of them are no mentors or peer-mentor"),
    ],
)
async def test_what_cannot_be_is_said_beside_the_question_and_nothing_is_noted(
    here: Running, answers: dict[str, str], said: str
) -> None:
    given = {"who": "mentor", "name": "Boundaries", **answers}
    who = [getattr(here, one) for one in given.pop("who").split()]

    answer = await note(here, *who, **given)

    assert said in str(answer) + await shown(here)
    assert await noted(here) == []
