"""A workspace in which Carol sets a programme up, step by step."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runtime.demo.cast import Cast, made_up_cast
from tests.support.bringing_in import BringingIn
from tests.support.tables import with_all_tables
from tests.support.workspace import SlackWorkspace, all_text, slack_workspace

START = datetime(2026, 9, 2, 8, 0, tzinfo=UTC)
CAST = made_up_cast(mentors=1, mentees=4)
ALICE, BOB, CAROL = CAST.mentors[0], CAST.mentees[0], CAST.coordinator
STRANGER = "U0MALLORY"
PEOPLE = {"person": CAST.contacts[0][0], "deputy": CAST.contacts[1][0], "hours": "24"}


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackWorkspace]:
    """A workspace with people in it, of whom Cairn knows nobody. Carol administers it."""
    address = f"sqlite:///{tmp_path / 'cairn.db'}"
    await with_all_tables(address)
    people = (*CAST.people, (STRANGER, "Mallory", "mallory@elsewhere.example", "Europe/London", ""))
    cast: Cast = replace(CAST, people=people)
    async with slack_workspace(address, tmp_path / "keys", start=START, cast=cast) as workspace:
        yield workspace


async def press(slack: SlackWorkspace, user: str, action_id: str) -> None:
    """Press a button of the Home tab."""
    view = await slack.home(user)
    await slack.click(user, action_id, view_id=view["id"])


async def press_in_settings(slack: SlackWorkspace, user: str, action_id: str) -> None:
    """Press a button behind *Settings*."""
    await press(slack, user, "home.settings")
    await slack.click(user, action_id, view_id=(await slack.view(user))["id"])


async def home_text(slack: SlackWorkspace, user: str) -> str:
    return all_text(await slack.home(user))


async def import_pasted(slack: SlackWorkspace, roster: str) -> str:
    """Paste a roster as Carol, and apply it if it can be; what the form says then."""
    steps = BringingIn(slack, CAROL)
    shown = await steps.paste(roster)
    if shown.get("submit"):
        shown = await steps.apply()
    return all_text(shown)


async def set_up(slack: SlackWorkspace) -> None:
    """Everything up to the code of conduct."""
    await press(slack, CAROL, "people.begin")
    await import_pasted(slack, CAST.roster)
    await press(slack, CAROL, "programme.edit")
    channel = await slack.private_channel("mentoring-coordinators")
    await slack.submit(
        CAROL,
        (await slack.view(CAROL))["id"],
        {
            "template": "term_12",
            "name": "Autumn <!channel> & friends",
            "starts_on": "2026-09-07",
            "channel": channel,
        },
    )
    await press(slack, CAROL, "programme.contacts")
    await slack.submit(
        CAROL,
        (await slack.view(CAROL))["id"],
        {"crisis": "Night line <5555>", "concern": "Dr Amsel, 5556", **PEOPLE},
    )


async def accept(slack: SlackWorkspace, user: str) -> None:
    await press(slack, user, "people.conduct")
    await slack.submit(user, (await slack.view(user))["id"], {"agree": ["yes"]})
