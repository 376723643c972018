"""Who has no group at the approval, and why: what they read, and what becomes of them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from tests.support.draft_programme import Draft, draft_programme
from tests.support.workspace import all_text

NOT_MADE = "Groups are not made yet"


@pytest.fixture
async def here(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Draft]:
    async with draft_programme(sqlite_template, tmp_path, mentors=2, mentees=6) as draft:
        yield draft


async def test_a_mentee_who_has_only_not_accepted_reads_so_and_gets_a_seat_when_they_do(
    here: Draft,
) -> None:
    bob = here.cast.mentees[0]
    await here.change_roster(bob, conduct_accepted_at=None)
    await here.propose()
    await here.slack.press(here.carol, "Approve…", modal=True)

    before = all_text(await here.slack.view(here.carol))
    assert "1 mentee who has not accepted the code of conduct reads" in before
    assert "for whom there is no mentor" not in before
    await here.slack.press(here.carol, "Approve", modal=True)
    await here.slack.advance(days=1, minutes=6)

    *_, told = await here.slack.messages(user=bob)
    assert "Your seat waits until you have accepted the code of conduct" in told["text"]
    assert "Your seat waits" in all_text(await here.slack.home(bob))
    assert "no mentor for you" not in str(await here.slack.messages(user=bob))
    await here.slack.press(bob, "Read the code of conduct", message=told)
    form = await here.slack.view(bob)
    await here.slack.submit(bob, form["id"], {"agree": ["yes"]})
    await here.slack.advance(days=1)

    assert await here.mentor_of(bob) in here.cast.mentors
    assert "You have a seat in" in str(await here.slack.messages(user=bob))


async def test_home_follows_the_approval_before_the_first_day(here: Draft) -> None:
    idle, busy = here.cast.mentors
    await here.change_roster(idle, capacity=0)
    await here.change_roster(busy, capacity=8)
    cairn, bob = here.slack.cairn, here.cast.mentees[0]
    later = replace(here.programme, starts_on=date(2026, 9, 28))
    async with cairn.database.writing() as connection:
        await programmes.put_programme(connection, here.workspace_id, later)
    await here.approve()

    for one in (idle, busy, bob):
        assert NOT_MADE in all_text(await here.slack.home(one))
    await here.slack.advance(minutes=6)

    async with cairn.database.reading() as connection:
        kept = await programmes.programme(connection, here.workspace_id, later.id)
    assert kept
    assert kept.state is ProgrammeState.DRAFT
    assert "you have none at present" in all_text(await here.slack.home(idle))
    assert "Group of" in all_text(await here.slack.home(busy))
    assert f"<@{busy}>" in all_text(await here.slack.home(bob))
    start = next(b for b in (await here.slack.home(here.carol))["blocks"] if "Start now" in str(b))
    assert "cannot be undone" in start["accessory"]["confirm"]["text"]["text"]
