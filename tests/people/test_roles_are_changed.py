"""A coordinator changes roles, sees who has not accepted, and asks them; late joiners are asked."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.people.model import MemberState, Role
from tests.support.bringing_in import BringingIn
from tests.support.draft_programme import Draft, draft_programme
from tests.support.workspace import all_text, buttons, texts


@pytest.fixture
async def here(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Draft]:
    async with draft_programme(sqlite_template, tmp_path, mentors=2, mentees=6) as draft:
        yield draft


async def choose(here: Draft, slack_id: str) -> None:
    """Open the form of somebody's roles."""
    await here.slack.press(here.carol, "People")
    view = await here.slack.view(here.carol)
    await here.slack.submit(here.carol, view["id"], {"member": slack_id})


async def give(here: Draft, slack_id: str, *roles: str, capacity: str | None = None) -> str:
    await choose(here, slack_id)
    view = await here.slack.view(here.carol)
    answers = {"roles": list(roles)} | ({"capacity": capacity} if capacity else {})
    answer = await here.slack.submit(here.carol, view["id"], answers)
    return f"{answer} {all_text(await here.slack.view(here.carol))}"


async def joins(here: Draft, name: str, role: str) -> str:
    """Somebody of the workspace is brought in while a programme is under way."""
    slack_id = f"U9{name.upper()}"
    person = {"id": slack_id, "name": name.lower(), "real_name": name}
    await here.slack.http.post("/_sandbox/users", json=person)
    steps = BringingIn(here.slack, here.carol)
    await steps.look_at("picked", picked=[slack_id], role=role)
    await steps.apply()
    return slack_id


async def test_a_second_role_keeps_the_first_and_a_capacity_is_set(here: Draft) -> None:
    bob = here.cast.mentees[0]

    said = await give(here, bob, "mentee", "peer_mentor", capacity="3")

    member = await BringingIn(here.slack, here.carol).member(bob)
    assert member
    assert (set(member.roles), member.capacity) == ({Role.MENTEE, Role.PEER_MENTOR}, 3)
    assert "is mentee, peer-mentor, up to 3 mentees now" in said


async def test_the_last_coordinator_stays_and_somebody_has_a_role(here: Draft) -> None:
    assert "You are the only coordinator" in await give(here, here.carol, "mentor")
    bob = here.cast.mentees[0]
    await give(here, bob)
    member = await BringingIn(here.slack, here.carol).member(bob)
    assert member
    assert set(member.roles) == {Role.MENTEE}


async def test_a_capacity_that_is_no_number_is_asked_for_again(here: Draft) -> None:
    said = await give(here, here.cast.mentors[0], "mentor", capacity="lots")

    assert "Write a whole number from 0 to 100" in said


async def test_a_new_coordinator_is_told_what_that_means(here: Draft) -> None:
    alice = here.cast.mentors[0]

    await give(here, alice, "mentor", "coordinator")
    await here.slack.advance(hours=1)

    (told,) = [t for t in texts(await here.slack.messages(user=alice)) if "you coordinate" in t]
    assert "You never see what mentees write" in told


async def test_somebody_is_taken_out_of_the_programme(here: Draft) -> None:
    bob = here.cast.mentees[0]
    await choose(here, bob)

    await here.slack.press(here.carol, "Take out of the programme", modal=True)
    seen = await here.slack.view(here.carol)
    assert "They get no more messages" in all_text(seen)
    await here.slack.submit(here.carol, seen["id"], {})

    member = await BringingIn(here.slack, here.carol).member(bob)
    assert member
    assert member.state is MemberState.LEFT


async def test_who_joins_a_programme_that_runs_is_asked_at_once_and_by_themselves(
    here: Draft,
) -> None:
    await here.approve()
    await here.slack.close(here.carol)

    late = await joins(here, "Late", "mentee")
    await here.slack.advance(hours=1)

    (asked,) = texts(await here.slack.messages(user=late))
    assert "please read the code of conduct" in asked
    await here.slack.press(here.carol, "People")
    await here.slack.press(here.carol, "See who", modal=True)
    assert "*Late*, mentee: asked on 9 September" in all_text(await here.slack.view(here.carol))
    assert "Ask them" not in str(buttons(await here.slack.view(here.carol)))


async def test_while_nobody_has_been_asked_the_coordinator_asks_and_sees_how_many(
    here: Draft,
) -> None:
    first, second = await joins(here, "First", "mentee"), await joins(here, "Second", "mentor")
    assert texts(await here.slack.messages(user=first)) == []

    await here.slack.close(here.carol)
    await here.slack.press(here.carol, "People")
    await here.slack.press(here.carol, "See who", modal=True)
    await here.slack.press(here.carol, "Ask them", modal=True)
    asking = await here.slack.view(here.carol)
    assert "*2 people get this message*" in all_text(asking)
    await here.slack.submit(here.carol, asking["id"], {})

    assert "2 people are asked" in all_text(await here.slack.view(here.carol))
    for one in (first, second):
        assert len(texts(await here.slack.messages(user=one))) == 1
    third = await joins(here, "Third", "mentee")
    await here.slack.advance(seconds=timedelta(hours=1).total_seconds())
    assert len(texts(await here.slack.messages(user=third))) == 1
