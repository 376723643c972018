"""Twelve weeks of a programme, from the roster to the last digest, as everybody in it sees them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from runtime.cast import made_up_cast
from tests.e2e.story import HOSTILE, START, Story, monday
from tests.workspace import all_text, slack_workspace

LATE = 5
"""Of the mentees in the order of the roster, the one who has not accepted the code of conduct."""


@pytest.fixture(params=["socket", "http"])
async def story(
    request: pytest.FixtureRequest, database_address: str, tmp_path: Path
) -> AsyncIterator[Story]:
    cast = made_up_cast()
    async with slack_workspace(
        database_address, tmp_path, start=START, cast=cast, over_http=request.param == "http"
    ) as slack:
        yield Story(slack, cast)


@pytest.mark.slow
async def test_twelve_weeks_from_roster_to_digest(story: Story) -> None:
    slack, cast = story.slack, story.cast
    carol, late = cast.coordinator, cast.mentees[LATE]

    await story.carol_sets_up()
    await story.everybody_accepts_the_code_of_conduct(but=late)
    proposal = await story.carol_approves_the_proposal()
    print(proposal[:1500])
    await slack.advance(hours=2)
    print(all_text(await slack.home(carol)))
    for week in range(1, 13):
        await slack.go_to(monday(week))
    said = await story.everything_said()
    for who, lines in said.items():
        print(who, len(lines))
    print("\n".join(said[cast.mentors[0]]))
    print("\n".join(said[cast.mentees[0]]))
    print("\n".join(said[carol]), said["mentoring-coordinators"])
