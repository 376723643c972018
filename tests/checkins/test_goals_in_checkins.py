"""A check-in tells of a goal only those who may read the goal itself at that moment."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.checkins import store
from bot.checkins.disclosure import open_shared
from bot.checkins.handover import handover_of
from bot.checkins.rules import CheckIn, CheckInId, GoalProgress, Reflection, Visibility, as_shared
from bot.checkins.use_cases import own, share
from bot.goals import use_cases as goals
from bot.goals.disclosure import read_by_mentors
from bot.goals.model import GoalId, GoalStatus, Progress
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import WorkspaceId
from bot.people.model import Member
from handlers.checkins import form_views
from tests.checkins.test_a_new_mentor import FINN, NOW, arrange, checkin, choose, rematch
from tests.goals.test_goals import set_goal
from tests.support.cast import ALICE, BOB, HERE
from tests.support.running_programme import STRANGER, Running, running_programme
from tests.support.succession import succeed
from tests.support.workspace import all_text

GOAL = GoalId("goal")
TITLE = "Lead a round"
TOLD = (GoalProgress(GOAL, TITLE, Progress.MOVED, is_shared=True),)
ONE = CheckInId("with_goal")


async def write(
    database: Database, visibility: Visibility = Visibility.MENTOR, *, words: bool = True
) -> CheckIn:
    """Let Bob tell how a goal goes that he shares with Alice, with other words or without."""
    await arrange(database)
    one = checkin(ONE, visibility)
    entry = replace(one.entry, goals=TOLD)
    if not words:
        entry = Reflection(goals=TOLD, visibility=visibility)
    async with database.writing() as connection:
        await store.add(connection, replace(one, entry=entry))
    return one


async def read_by(database: Database, reader: Member) -> CheckIn | None:
    async with database.reading() as connection:
        return await open_shared(connection, reader, ONE)


async def test_a_mentor_who_reads_the_goal_reads_how_it_goes(database: Database) -> None:
    await write(database)

    found = await read_by(database, ALICE)

    assert found is not None
    assert found.entry.goals == TOLD


@pytest.mark.parametrize("ends", ["keep_private", "let_go", "delete"])
async def test_a_goal_that_is_shared_no_more_is_read_no_more_in_what_was_shared(
    database: Database, ends: str
) -> None:
    await write(database)

    async with database.writing() as connection:
        if ends == "keep_private":
            await goals.keep_private(connection, BOB, GOAL)
        elif ends == "let_go":
            await goals.finish(connection, BOB, GOAL, GoalStatus.LET_GO, now=NOW)
        else:
            await goals.delete(connection, BOB, GOAL)

    found = await read_by(database, ALICE)
    assert found is not None
    assert "Words" in str(found)
    assert TITLE not in str(found)
    async with database.reading() as connection:
        mine = await own(connection, BOB, ONE)
    assert [one.title for one in mine.entry.goals] == [TITLE]


async def test_a_goal_that_became_private_is_not_in_a_check_in_shared_after_it(
    database: Database,
) -> None:
    await write(database, Visibility.ONLY_ME)
    async with database.writing() as connection:
        await goals.keep_private(connection, BOB, GOAL)
        mine = await own(connection, BOB, ONE)
        form = form_views.share_form(mine, [ALICE.id], tz="UTC", left_out=())
        await share(connection, BOB, ONE, left_out=frozenset(), now=NOW)
        assert TITLE not in all_text(form)
        assert TITLE not in str(await open_shared(connection, ALICE, ONE))

        await goals.share(connection, BOB, GOAL, now=NOW)

    assert TITLE not in str(await read_by(database, ALICE))


async def test_what_tells_of_a_private_goal_alone_is_read_by_nobody_else(
    database: Database,
) -> None:
    await write(database, words=False)
    assert await read_by(database, ALICE) is not None

    async with database.writing() as connection:
        await goals.keep_private(connection, BOB, GOAL)

    assert await read_by(database, ALICE) is None
    assert await read_by(database, BOB) is not None
    with pytest.raises(UserFacing, match="Nothing that you filled in would be shared"):
        async with database.writing() as connection:
            await share(connection, BOB, ONE, now=NOW)


async def test_a_new_mentor_reads_of_no_goal_that_was_for_the_one_before(
    database: Database,
) -> None:
    await write(database)
    await rematch(database)
    async with database.reading() as connection:
        assert await read_by_mentors(connection, HERE, BOB.id) == frozenset()
        offered = await handover_of(connection, BOB, now=NOW)
    assert offered is not None
    (one,) = [each for each in offered.checkins if each.id == ONE]
    assert as_shared(one.entry).goals == ()

    await choose(database, ONE)

    found = await read_by(database, FINN)
    assert found is not None
    assert "Words" in str(found)
    assert TITLE not in str(found)


async def test_a_check_in_of_a_goal_alone_is_not_offered_to_a_new_mentor(
    database: Database,
) -> None:
    await write(database, words=False)
    await rematch(database)

    async with database.reading() as connection:
        offered = await handover_of(connection, BOB, now=NOW)

    assert offered is not None
    assert ONE not in {one.id for one in offered.checkins}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def test_a_form_for_the_mentor_of_before_is_not_saved_and_the_next_tells_of_no_goal(
    here: Running,
) -> None:
    await here.slack.advance(days=2)  # the group has been introduced
    await set_goal(here, share="mentor")
    await here.slack.close(here.bob)
    form = await here.open_form(here.bob)
    (asked,) = [one for one in form["blocks"] if one.get("block_id", "").startswith("goal_")]
    assert "hint" not in asked
    said = {"wish": "Half an hour", "visibility": "mentor", asked["block_id"]: "moved"}

    await here.slack.advance(minutes=5)
    await succeed(here)
    await here.slack.submit(here.bob, form["id"], said)
    refused = all_text(await here.slack.view(here.bob))
    views = await here.slack.views(here.bob)
    await here.slack.close(here.bob)
    form = await here.open_form(here.bob)
    (asked,) = [one for one in form["blocks"] if one.get("block_id", "").startswith("goal_")]
    await here.slack.submit(here.bob, form["id"], said)
    await here.slack.close(here.bob)
    await here.slack.advance(minutes=5)
    await here.home_text(STRANGER, until="Shared with you:*")
    await here.slack.press(STRANGER, "Read")
    read = all_text(await here.slack.view(STRANGER))

    assert "Your mentor changed while this form was open" in refused
    assert views[0]["callback_id"] == "checkin.form"
    assert asked["hint"]["text"] == form_views.KEPT
    assert "Half an hour" in read
    assert "speak up" not in read


async def test_a_change_of_a_form_of_before_is_not_saved_and_its_words_stay_in_it(
    here: Running,
) -> None:
    form = await here.open_form(here.bob)
    await here.slack.submit(here.bob, form["id"], {"wish": "Half an hour"})
    await here.slack.press(here.bob, "My past check-ins", modal=True)
    await here.slack.press(here.bob, "Open", modal=True)
    await here.slack.press(here.bob, "Change it", modal=True)
    form = await here.slack.view(here.bob)
    cairn = here.slack.cairn
    async with cairn.database.writing() as connection:
        checkin_id = CheckInId(form["private_metadata"].partition("|")[0])
        found = await store.find(connection, WorkspaceId(cairn.workspace_id), checkin_id)
        assert found is not None
        assert await store.change(connection, found, found)

    await here.slack.submit(here.bob, form["id"], {"wish": "A whole hour"})

    assert "so nothing was saved now" in all_text(await here.slack.view(here.bob))
    assert form["id"] in {one["id"] for one in await here.slack.views(here.bob)}
