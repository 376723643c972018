"""What a mentor, a colleague and a coordinator can see of a seat that its owner alone knows of."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.flows.closing import close_programme
from bot.flows.pulse_people import mentees_to_ask
from bot.groups import upkeep
from bot.groups.joining import rather_another
from bot.groups.messages import PRIVATE_FOR
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.people import store as people
from bot.people.tables import member_table
from bot.programme import store as programmes
from bot.programme.model import Use
from tests.attacks.test_wishes import MENTEES
from tests.support.enrolment import enrol
from tests.support.running_programme import STRANGER, Running, running_programme
from tests.support.workspace import all_text

NAME, WORDS = "Mallory Quill", "What I wrote on my first day here"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    """A group that met long ago, and somebody who got a seat in it a minute ago."""
    async with running_programme(tmp_path) as running:
        database, workspace_id = running.slack.cairn.database, running.slack.cairn.workspace_id
        newcomer = replace(
            MENTEES[1],
            id=MemberId("member_new"),
            workspace_id=WorkspaceId(workspace_id),
            slack_user_id=SlackUserId(STRANGER),
            name=NAME,
        )
        async with database.writing() as connection:
            await connection.execute(sa.update(member_table).values(capacity=9))
            await people.put_members(connection, newcomer.workspace_id, [newcomer])
            await enrol(connection, newcomer.workspace_id, running.programme.id, [newcomer.id])
        done = await upkeep.reconcile(
            database,
            newcomer.workspace_id,
            running.programme.id,
            now=running.slack.clock.now(),
            framework=running.slack.cairn.services.framework(running.programme.framework_id),
        )
        assert done.of(newcomer.id)
        running.slack.cairn.services.wake()
        await running.slack.settle()
        yield running


async def claim(here: Running) -> str:
    """Claim a stage, if there is a form for it; what is said in the end."""
    home = await here.slack.home(STRANGER)
    await here.slack.click(STRANGER, "stage.claim", view_id=home["id"])
    form = await here.slack.view(STRANGER)
    level = next((b["element"] for b in form["blocks"] if b.get("block_id") == "level"), None)
    if level is not None:
        answers = {"level": level["initial_option"]["value"], "evidence": WORDS}
        await here.slack.submit(STRANGER, form["id"], answers)
    said = all_text(await here.slack.view(STRANGER))
    await here.slack.close(STRANGER)
    return said


async def write(here: Running, visibility: str) -> str:
    """Save a check-in; what is said of it."""
    form = await here.open_form(STRANGER)
    lens = next(b for b in form["blocks"] if b.get("block_id", "").startswith("lens_"))["block_id"]
    await here.slack.submit(STRANGER, form["id"], {lens: WORDS, "visibility": visibility})
    said = all_text(await here.slack.view(STRANGER))
    await here.slack.close(STRANGER)
    return said


async def seen_by(here: Running, user: str) -> str:
    """Home, every message, the group's channel, and the forms that a mentor opens."""
    await here.slack.advance(seconds=10)
    seen: list[Any] = [await here.home_text(user, until="mentoring")]
    seen += await here.slack.messages(user=user)
    seen += await here.slack.messages(channel=await here.channel())
    if user == here.mentor:
        await here.slack.slash(user, "past")
        seen += [all_text(one) for one in await here.slack.views(user)]
        await here.slack.close(user)
    return str(seen)


@pytest.mark.parametrize("what", ["nothing", "claim", "mentor", "group"])
async def test_nothing_that_somebody_does_in_their_private_day_names_them(
    here: Running, what: str
) -> None:
    if what == "claim":
        assert "introduced" in await claim(here)
    elif what != "nothing":
        assert ("introduced" in await write(here, what)) == (what == "group")

    early = [await seen_by(here, one) for one in (here.mentor, here.bob)]
    await here.slack.advance(seconds=PRIVATE_FOR.total_seconds() + 3600)
    late = [await seen_by(here, one) for one in (here.mentor, here.bob)]

    assert [NAME in one for one in early] == [False, False]
    assert [NAME in one for one in late] == [True, True]
    assert ("Shared with you" in late[0]) == (what == "mentor")


async def offered_for_thanks(here: Running, user: str) -> str:
    """The form in which a member chooses whom they thank."""
    home = await here.slack.home(user)
    await here.slack.click(user, "closing.thank", view_id=home["id"])
    form = str(await here.slack.view(user))
    await here.slack.close(user)
    assert "What did they do that mattered to you?" in form
    return form


@pytest.mark.parametrize("comes", [True, False], ids=["who comes", "who rather does not"])
async def test_thanks_are_for_people_of_whom_one_has_been_told(here: Running, comes: bool) -> None:
    cairn = here.slack.cairn
    await here.begin_now(Use.CLOSING)
    early = [await offered_for_thanks(here, one) for one in (here.mentor, here.bob)]
    own = await offered_for_thanks(here, STRANGER)
    if not comes:
        async with cairn.database.writing() as connection:
            its = (connection, WorkspaceId(cairn.workspace_id), here.programme.id)
            assert await rather_another(*its, MemberId("member_new"))
    await here.slack.advance(seconds=PRIVATE_FOR.total_seconds() + 3600)
    late = [await offered_for_thanks(here, one) for one in (here.mentor, here.bob)]

    assert [NAME in one for one in early] == [False, False]
    users = (await here.slack.state())["users"]
    mentor = next(one["real_name"] for one in users if one["id"] == here.mentor)
    assert [mentor in one for one in (own, early[1])] == [False, True]
    assert [NAME in one for one in late] == [comes, comes]


async def test_who_is_not_introduced_before_the_close_is_never_named(here: Running) -> None:
    cairn, now = here.slack.cairn, here.slack.clock.now()
    workspace_id = WorkspaceId(cairn.workspace_id)
    await here.begin_now(Use.CLOSING)
    await close_programme(cairn.database, workspace_id, here.programme.id, now=now)

    for one in (here.mentor, here.bob):
        assert NAME not in await offered_for_thanks(here, one)
        assert NAME not in await seen_by(here, one)
    async with cairn.database.reading() as connection:
        seats = await programmes.seats(connection, workspace_id, here.programme.id)
        enrolled = await programmes.enrolled(connection, workspace_id, here.programme.id)
    assert "member_new" not in {one.member_id for one in seats}
    assert "member_new" in enrolled


async def test_no_pulse_asks_somebody_whom_their_group_does_not_know(here: Running) -> None:
    """*Who sees this?* names all in the group who were asked."""
    database, now = here.slack.cairn.database, here.slack.clock.now()
    async with database.reading() as connection:
        early = await mentees_to_ask(connection, here.programme, now=now)
    await here.slack.advance(seconds=PRIVATE_FOR.total_seconds() + 3600)
    async with database.reading() as connection:
        later = now + PRIVATE_FOR + timedelta(hours=1)
        late = await mentees_to_ask(connection, here.programme, now=later)

    assert (len(early), len(late)) == (2, 3)
