"""Coordinators and contact people say in Slack that they are away, and who stands in."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people import store
from bot.people.delegation import Delegation
from bot.people.model import Role
from bot.programme.model import Use
from handlers.people import absence_views
from runtime.demo.cast import CONTACTS
from tests.care.people_of_care import MONDAY
from tests.support.cast import CAROL, HERE, OKAFOR, PARK
from tests.support.golden import Golden
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text, buttons

RUTH, OWEN = CONTACTS[0][0], CONTACTS[1][0]
DAY = timedelta(days=1)
AWAY = Delegation(
    workspace_id=HERE,
    member_id=CAROL.id,
    begins_at=MONDAY,
    ends_at=MONDAY + 9 * DAY,
    stand_in_id=PARK.id,
)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path, uses=frozenset({Use.GOALS})) as running:
        yield running


async def announce(
    here: Running, who: str, *, by: dict[str, Any] | None = None, **answers: str
) -> str:
    """Fill in the form of absence, from *Tools* or *Settings*; what it says then."""
    await here.slack.press(who, "Say that I am away", **(by or {"settings": True}))
    form = await here.slack.view(who)
    named = {"from_": "from", "until": "until", "stand_in": "stand_in"}
    answer = await here.slack.submit(
        who, form["id"], {named[name]: value for name, value in answers.items()}
    )
    return f"{answer} {all_text(await here.slack.view(who))}"


async def test_a_coordinator_goes_away_and_returns(here: Running) -> None:
    carol = here.coordinator
    refused = await announce(here, carol, by={"tools": True}, stand_in=here.mentor)
    assert "does not coordinate here" in refused
    await here.slack.close(carol)

    said = await announce(here, carol, by={"tools": True}, until="2026-09-14")

    assert "back on Monday 14 September" in said
    assert "Nobody else coordinates here" in said
    await here.slack.close(carol)
    home = await here.slack.home(carol)
    assert "You are taking a break until Monday 14 September" in all_text(home)
    await here.slack.press(carol, "Come back now")
    assert "taking a break" not in all_text(await here.slack.home(carol))


async def test_a_stand_in_is_told_and_told_again_when_it_is_over(here: Running) -> None:
    carol, cairn = here.coordinator, here.slack.cairn
    workspace = WorkspaceId(cairn.workspace_id)
    async with cairn.database.writing() as connection:
        ruth = await store.member_by_slack_id(connection, workspace, SlackUserId(RUTH))
        assert ruth
        roles = frozenset({Role.COORDINATOR})
        await store.put_members(connection, workspace, [replace(ruth, roles=roles)])
    said = await announce(here, carol, stand_in=RUTH, from_="2026-09-08", until="2026-09-10")
    assert "Ruth Amsel stands in for you" in said
    await here.slack.close(carol)

    (told,) = [t for t in await here.texts(RUTH) if "stand in for" in t]
    assert "from Tuesday 8 September to Thursday 10 September" in told
    await here.slack.advance(days=1, hours=1)
    assert "taking a break" in all_text(await here.slack.home(carol))
    await here.slack.advance(days=2)

    assert "You do not stand in for" in (await here.texts(RUTH))[-1]
    assert "taking a break" not in all_text(await here.slack.home(carol))


async def test_a_contact_person_without_a_role_says_it_behind_settings(here: Running) -> None:
    said = await announce(here, RUTH, until="2026-09-20")
    assert "Noted" in said
    await here.slack.close(RUTH)

    await here.slack.press(here.bob, "A concern, or: please contact me")
    form = await here.slack.view(here.bob)
    way = form["blocks"][0]["element"]["options"][0]["value"]
    await here.slack.submit(here.bob, form["id"], {"to": way})
    await here.slack.settle()

    assert len(await here.texts(OWEN)) == 1
    assert await here.texts(RUTH) == []


async def test_an_announced_absence_is_taken_back(here: Running) -> None:
    await announce(here, RUTH, from_="2026-09-12")
    await here.slack.close(RUTH)
    await here.slack.press(RUTH, "Say that I am away", settings=True)
    assert "You are away from Saturday 12 September" in all_text(await here.slack.view(RUTH))

    await here.slack.press(RUTH, "I am here after all", modal=True)
    await here.slack.close(RUTH)
    await here.slack.advance(days=6)

    assert "taking a break" not in all_text(await here.slack.home(RUTH))


async def test_a_mentee_takes_a_break_as_ever_and_has_no_such_form(here: Running) -> None:
    await here.slack.press(here.bob, "Take a break", settings=True)
    view = await here.slack.view(here.bob)
    assert view["callback_id"] == "people.pause_form"
    assert all(one["text"]["text"] != "Say that I am away" for one in buttons(view))


async def test_the_last_coordinator_who_mentors_too_does_not_leave(here: Running) -> None:
    carol, cairn = here.coordinator, here.slack.cairn
    workspace = WorkspaceId(cairn.workspace_id)
    async with cairn.database.writing() as connection:
        member = await store.member_by_slack_id(connection, workspace, SlackUserId(carol))
        assert member
        both = replace(member, roles=member.roles | {Role.MENTOR}, capacity=2)
        await store.put_members(connection, workspace, [both])

    await here.slack.press(carol, "Leave the programme", settings=True)

    assert "You are the only coordinator" in all_text(await here.slack.view(carol))


def test_how_absence_looks(golden: Golden) -> None:
    golden("absence_form", absence_views.form(CAROL, None, None, hears=False))
    golden("absence_form_announced", absence_views.form(CAROL, AWAY, PARK, hears=True))
    noted = {"is_alone": False, "passes_concerns": True, "hears": True}
    golden("absence_noted", absence_views.noted(CAROL, AWAY, PARK, **noted))
    golden("stand_in", absence_views.stands_in(CAROL, AWAY, PARK, hears=True))
    golden("stand_in_contact", absence_views.stands_in(OKAFOR, AWAY, PARK, hears=True))
    golden("stand_in_over", absence_views.stands_in_no_more(CAROL))
