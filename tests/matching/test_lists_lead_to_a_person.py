"""Long lists of matching lead straight to one person, and say where one is."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.kernel.ids import GroupId
from bot.matching.model import Bar, Conflict, Waiting
from bot.people.model import Role
from handlers.matching import group_page_views as pages
from handlers.matching import views
from handlers.matching.proposal_views import Position
from handlers.matching.views import GroupSummary, OnRecord
from tests.support.cast import ALICE, BOB, CAROL, GROUP, PROGRAMME
from tests.support.draft_programme import Draft, draft_programme
from tests.support.golden import Golden
from tests.support.workspace import all_text

SINCE = datetime(2026, 9, 14, 9, tzinfo=UTC)
NAMES = {ALICE.id: ALICE.name, BOB.id: BOB.name}
SEATS = {ALICE.id: Role.MENTOR, BOB.id: Role.MENTEE}
WAITS = Waiting(member_id=BOB.id, since=SINCE, reason="All groups are full.")


@pytest.fixture
async def here(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Draft]:
    async with draft_programme(sqlite_template, tmp_path, mentors=30, mentees=120) as draft:
        yield draft


async def choose(here: Draft, action_id: str, who: str, *, by: str = "") -> dict[str, Any]:
    """Choose somebody in the picker of the modal that is open."""
    by = by or here.carol
    view = await here.slack.view(by)
    await here.slack.click(by, action_id, value=who, view_id=view["id"])
    return await here.slack.view(by)


async def test_a_proposal_leads_to_one_mentee_to_a_mentor_and_back(here: Draft) -> None:
    first = await here.propose()
    assert "Page 1 of 3: 1 to 40 of 120" in all_text(first)
    last, mentor = here.cast.mentees[-1], here.cast.mentors[0]

    shown = all_text(await choose(here, "pairing.find", last))
    assert f"Matches of {here.name(last)}:* 1 row." in shown
    assert "Page" not in shown
    shown = all_text(await choose(here, "pairing.find", mentor))
    assert f"Matches of {here.name(mentor)}:*" in shown
    assert "rows." in shown
    shown = all_text(await choose(here, "pairing.find", here.carol))
    assert f"*{here.name(here.carol)}* is not in this proposal" in shown
    await here.slack.press(here.carol, "Show everybody", modal=True)
    assert "Page 1 of 3" in all_text(await here.slack.view(here.carol))


async def test_every_group_is_found_by_a_page_or_by_who_sits_there(here: Draft) -> None:
    await here.approve()
    await here.slack.close(here.carol)
    bob, stranger = here.cast.mentees[0], "U0OWNER"

    await here.slack.press(here.carol, "All groups")
    shown = all_text(await here.slack.view(here.carol))
    assert "groups*, by name" in shown
    if "Next page" in shown:
        await here.slack.press(here.carol, "Next page", modal=True)
        assert "Page 2 of 2" in all_text(await here.slack.view(here.carol))
    shown = all_text(await choose(here, "pairing.find_group", bob))
    assert here.name(bob) in shown
    assert here.name(await here.mentor_of(bob)) in shown
    assert "is not in your list" in all_text(await choose(here, "pairing.find_group", stranger))


def many(count: int) -> list[GroupSummary]:
    return [
        GroupSummary(group=replace(GROUP, id=GroupId(f"group_{at}"), name=f"Group {at}"), mentees=7)
        for at in range(count)
    ]


def test_the_pages_say_where_one_is(golden: Golden) -> None:
    page = pages.groups(PROGRAMME, many(25), page=1, count=714)
    assert "Page 2 of 29: 26 to 50 of 714" in all_text(page)
    golden("all_groups", page)
    golden("all_groups_none", pages.groups(PROGRAMME, [], page=0, count=0))
    golden(
        "all_waiting", pages.waitlist(PROGRAMME, [WAITS], {BOB.id: BOB.name}, {}, page=0, count=41)
    )
    golden("one_group", pages.one_group(PROGRAMME, GROUP, {BOB.id: Role.MENTEE}, NAMES))
    golden("one_seated", pages.one_person(PROGRAMME, BOB, [(GROUP, SEATS)], None, NAMES))
    golden("one_waiting", pages.one_person(PROGRAMME, BOB, [], WAITS, {}))
    golden("one_without", pages.one_person(PROGRAMME, CAROL, [], None, {}))
    golden("one_stranger", pages.stranger(PROGRAMME, "U0MALLORY"))


def test_conflicts_of_one_person_are_found_among_many() -> None:
    conflicts = [
        Conflict(senior_id=f"member_{at}", junior_id=BOB.id, bar=Bar.MANAGES) for at in range(50)
    ]
    conflicts.append(Conflict(senior_id=ALICE.id, junior_id="member_7", bar=Bar.TREATS))
    found = OnRecord(conflicts=conflicts, names={ALICE.id: "Alice", BOB.id: "Bob"})

    assert "And 11 more: choose somebody to see theirs" in all_text(views.conflict_form(found))
    theirs = all_text(views.conflict_form(replace(found, only=ALICE.id)))
    assert "*Alice* treats or treated" in theirs
    assert "line manager of" not in theirs
    nothing = views.conflict_form(replace(found, only=CAROL.id))
    assert "Nothing is on record about" in all_text(nothing)


def test_a_position_of_an_earlier_version_is_still_read() -> None:
    assert Position.from_text('["p", 2, ""]') == Position(proposal_id="p", page=2)
    assert Position.from_text(Position(proposal_id="p", only="m").to_text()).only == "m"
