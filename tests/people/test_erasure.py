"""What is left of somebody who asked to be forgotten."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from slack_sdk.web.async_client import AsyncWebClient

from bot.flows.erasure import erase_member
from bot.groups import store as seated
from bot.kernel.database import metadata
from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.keys.vault import FileVault
from bot.kinds import ScheduleKind
from bot.people import store as people
from bot.people.model import Member
from bot.programme.model import ProgrammeState
from bot.pulse.tables import eligible_table
from bot.schedule import store as schedule
from handlers.edge.call import Call
from handlers.edge.dispatch import Listener
from handlers.people.listeners import on_erase, on_erase_form
from handlers.register import CAPABILITIES
from tests.pulse.stage import Stage
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text

SECRET = "marmalade at midnight"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def the_member(here: Running, slack_user_id: str) -> Member:
    cairn = here.slack.cairn
    async with cairn.database.reading() as connection:
        found = await people.member_by_slack_id(
            connection, WorkspaceId(cairn.workspace_id), SlackUserId(slack_user_id)
        )
    assert found is not None
    return found


async def traces(here: Running, *words: str) -> set[str]:
    """The tables in which any of these words stands."""
    found = set()
    async with here.slack.cairn.database.reading() as connection:
        for table in metadata.sorted_tables:
            rows = (await connection.execute(sa.select(table))).all()
            if any(word in str(row) for row in rows for word in words):
                found.add(table.name)
    return found


async def test_nothing_is_left_of_an_erased_member(here: Running) -> None:
    bob = await the_member(here, here.bob)
    view = await here.open_form(here.bob)
    lens = next(b["block_id"] for b in view["blocks"] if b.get("block_id", "").startswith("lens_"))
    answers = {lens: SECRET, "visibility": "mentor"}
    await here.slack.submit(here.bob, view["id"], answers)
    await here.slack.advance(days=8)
    words = (bob.id, bob.slack_user_id, bob.name, str(bob.email), SECRET)
    before = await traces(here, *words)
    assert {"member", "seat", "enrolment", "schedule", "outbox", "checkin", "profile"} <= before

    for _ in range(2):
        await erase_member(
            here.slack.cairn.database,
            here.slack.cairn.services.vault,
            WorkspaceId(here.slack.cairn.workspace_id),
            member_id=bob.id,
            erasers=CAPABILITIES.erasers,
            now=here.slack.clock.now(),
        )
    in_their_channel = await traces(here, bob.slack_user_id)
    await here.slack.advance(minutes=1)

    assert in_their_channel == {"errand"}
    assert await traces(here, *words) == set()
    assert "You are not in the mentoring programme" in all_text(await here.slack.home(here.bob))
    assert bob.name not in all_text(await here.slack.home(here.mentor))


async def test_a_member_deletes_all_about_themself_and_nobody_else_can(here: Running) -> None:
    bob = await the_member(here, here.bob)
    await here.slack.press(here.bob, "Delete what Cairn knows about me", settings=True)
    view = await here.slack.view(here.bob)
    asked = all_text(view)
    assert "This is deleted at once" in asked
    assert "results of pulses that have closed" in asked

    await here.slack.submit(here.bob, view["id"], {})

    assert "not in the mentoring programme" in await here.home_text(
        here.bob, until="not in the mentoring programme"
    )
    assert await traces(here, bob.id, bob.slack_user_id, bob.name, str(bob.email)) == set()
    assert bob.name not in all_text(await here.slack.home(here.mentor))


async def test_what_cannot_be_deleted_now_is_deleted_when_the_keys_are_back(
    here: Running,
) -> None:
    cairn = here.slack.cairn
    bob = await the_member(here, here.bob)
    round_ = await Stage(
        cairn.database, cairn.services.vault, WorkspaceId(cairn.workspace_id)
    ).open({"A": 5}, at=here.slack.clock.now())
    async with cairn.database.writing() as connection:
        await connection.execute(
            sa.update(eligible_table)
            .where(eligible_table.c.round_id == round_.id, eligible_table.c.member_id == "A0")
            .values(member_id=bob.id)
        )
    vault = cairn.services.vault
    assert isinstance(vault, FileVault)
    vault.directory.rename(vault.directory.with_name("not-mounted"))
    await here.slack.press(here.bob, "Delete what Cairn knows about me", settings=True)
    view = await here.slack.view(here.bob)

    await here.slack.submit(here.bob, view["id"], {})

    assert "it is noted" in all_text(await here.slack.view(here.bob))
    assert await the_member(here, here.bob) == bob
    await here.slack.advance(days=1, minutes=6)
    assert await the_member(here, here.bob) == bob
    vault.directory.with_name("not-mounted").rename(vault.directory)
    await here.slack.advance(days=1, minutes=6)
    assert await traces(here, bob.id, bob.slack_user_id, bob.name, str(bob.email)) == set()


@pytest.mark.parametrize("listener", [on_erase, on_erase_form])
async def test_the_last_coordinator_stays(here: Running, listener: Listener) -> None:
    call = Call(
        workspace_id=WorkspaceId(here.slack.cairn.workspace_id),
        slack_user_id=SlackUserId(here.coordinator),
        client=AsyncWebClient(),
    )

    with pytest.raises(UserFacing, match="You are the only coordinator"):
        await listener(call, here.slack.cairn.services)

    assert await the_member(here, here.coordinator)


async def test_a_closed_programme_ends_its_pairings_and_sends_nothing_more(here: Running) -> None:
    cairn = here.slack.cairn
    workspace_id = WorkspaceId(cairn.workspace_id)
    await here.slack.press(here.coordinator, "Extend or close")
    form = await here.slack.view(here.coordinator)
    closing = {"next": "close", "sure": ["yes"]}
    await here.slack.submit(here.coordinator, form["id"], closing)
    await here.slack.settle()
    sent = {user: len(await here.texts(user)) for user in (here.mentor, here.bob)}

    await here.slack.advance(days=15)

    assert {user: len(await here.texts(user)) for user in sent} == sent
    async with cairn.database.reading() as connection:
        assert await seated.pairings(connection, workspace_id, here.programme.id) == []
        subjects = [here.programme.id, (await the_member(here, here.bob)).id]
        due = await schedule.upcoming(connection, workspace_id, subject_ids=subjects)
        assert [one.kind for one in due] == [ScheduleKind.RETENTION]
    assert ProgrammeState.CLOSED.value not in all_text(await here.slack.home(here.bob))
