"""What Slack told once is done once, whatever becomes of the process that heard it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.inbox import store
from bot.inbox.store import Received
from bot.inbox.tables import inbox
from bot.kernel import leases
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people import store as people
from bot.people.model import MemberState
from tests.edge.test_the_database_is_away import away, deliver
from tests.support.running_programme import STRANGER, Running, running_programme


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def change(here: Running, user: str, **fields: Any) -> None:
    """Change somebody's Slack account; apps hear user_change."""
    await here.slack._do("user", {"user": user, **fields})


async def state_of(here: Running, user: str) -> MemberState:
    cairn = here.slack.cairn
    async with cairn.database.reading() as connection:
        found = await people.member_by_slack_id(
            connection, WorkspaceId(cairn.workspace_id), SlackUserId(user)
        )
    assert found
    return found.state


async def kept(here: Running) -> list[Any]:
    async with here.slack.cairn.database.reading() as connection:
        return list(await connection.execute(sa.select(inbox)))


def deactivation(here: Running, event_id: str) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "event_time": int(here.slack.clock.now().timestamp()),
        "event": {"type": "user_change", "user": {"id": here.bob, "deleted": True, "tz": "UTC"}},
    }


async def test_somebody_whose_account_is_closed_is_followed_and_back_again(here: Running) -> None:
    await change(here, here.bob, deleted=True)
    gone = await state_of(here, here.bob)
    await here.slack.advance(minutes=1)
    await change(here, here.bob, deleted=False)

    assert (gone, await state_of(here, here.bob)) == (MemberState.DEACTIVATED, MemberState.ACTIVE)
    rows = await kept(here)
    assert len(rows) == 2
    assert all(row.done_at and row.facts == {} for row in rows)


async def test_the_words_of_a_status_are_never_kept(here: Running) -> None:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, _statement: Any, parameters: Any, *_more: Any) -> None:
        seen.append(str(parameters))

    engine = here.slack.cairn.database.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", note)
    await change(here, here.bob, status_text="On vacation with Marker", status_emoji=":palm_tree:")

    assert any("away_until" in each for each in seen)
    assert "Marker" not in "".join(seen)


async def test_a_stranger_leaves_no_trace(here: Running) -> None:
    await change(here, STRANGER, deleted=True)

    assert await kept(here) == []


async def test_what_a_dead_process_kept_is_done_by_whoever_is_alive(here: Running) -> None:
    cairn, now = here.slack.cairn, here.slack.clock.now()
    event = Received(
        workspace_id=WorkspaceId(cairn.workspace_id),
        event_id="Ev1",
        kind="user_change",
        subject_id=here.bob,
        happened_at=now,
        facts={"is_deactivated": True},
    )
    async with cairn.database.writing() as connection:
        await store.keep(connection, event, now=now)
        await store.claim(connection, now=now, limit=1)

    await here.slack.settle()
    before = await state_of(here, here.bob)
    await here.slack.advance(seconds=leases.INBOX.total_seconds())
    await here.slack.settle()

    assert (before, await state_of(here, here.bob)) == (MemberState.ACTIVE, MemberState.DEACTIVATED)


async def test_an_event_meanwhile_is_refused_and_taken_when_slack_repeats_it(
    here: Running,
) -> None:
    with away(here.slack.cairn.database):
        assert await deliver(here, **deactivation(here, "Ev1")) == 500

    assert await deliver(here, **deactivation(here, "Ev1")) == 200
    assert await deliver(here, **deactivation(here, "Ev1")) == 200

    await here.slack.settle()
    assert await state_of(here, here.bob) is MemberState.DEACTIVATED
    assert len(await kept(here)) == 1


async def test_a_database_that_goes_away_after_the_ack_loses_nothing(here: Running) -> None:
    inbox, work = here.slack.cairn.inbox, here.slack.cairn.inbox.services.in_flight
    body = {
        "type": "event_callback",
        "team_id": here.slack.cairn.workspace_id,
    } | deactivation(here, "Ev1")

    assert await inbox.keep(body, WorkspaceId(body["team_id"]))
    with away(here.slack.cairn.database):
        await inbox.work()
    assert await state_of(here, here.bob) is MemberState.ACTIVE
    await inbox.work()
    await work.none()

    assert await state_of(here, here.bob) is MemberState.DEACTIVATED


async def test_an_event_that_cannot_be_acted_on_does_not_stop_the_next(here: Running) -> None:
    cairn, now = here.slack.cairn, here.slack.clock.now()
    poisoned = Received(
        workspace_id=WorkspaceId(cairn.workspace_id),
        event_id="Ev0",
        kind="user_change",
        subject_id=here.dana,
        happened_at=now - timedelta(minutes=1),
    )
    async with cairn.database.writing() as connection:
        await store.keep(connection, poisoned, now=now)

    await deliver(here, **deactivation(here, "Ev1"))
    await here.slack.settle()

    assert await state_of(here, here.bob) is MemberState.DEACTIVATED
    failed = next(row for row in await kept(here) if row.event_id == "Ev0")
    assert (failed.done_at, failed.attempts) == (None, 1)
    assert "KeyError" in failed.last_error


async def test_erasing_somebody_erases_what_slack_told_about_them(here: Running) -> None:
    await change(here, here.bob, status_emoji=":palm_tree:")
    assert [row.subject_id for row in await kept(here)] == [here.bob]

    await here.home_text(here.bob, until="Settings")
    await here.slack.press(here.bob, "Delete what Cairn knows about me", settings=True)
    form = await here.slack.view(here.bob)
    await here.slack.submit(here.bob, form["id"], {})

    assert await kept(here) == []
