"""The drill: a backup, a database that is lost, a restore; and nobody gets anything twice."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.delivery.model import KindPolicy, Lane, Notice
from bot.delivery.rules import ALWAYS, NORMAL
from bot.delivery.store import enqueue_all
from bot.kernel.ids import WorkspaceId
from bot.kinds import MessageKind
from bot.people.store import members
from runtime.commands.backup import PutBack, back_up, restore
from runtime.demo.cast import Cast, made_up_cast, set_up_programme
from runtime.demo.run import bot_in_sandbox, demo_options
from runtime.demo.sandbox import NO_TLS, Sandbox, put_people_in
from runtime.process import Cairn
from slack_sandbox.seed import populate
from slack_sandbox.server import running
from slack_sandbox.world import World
from tests.support.scopes import no_scope

START = datetime(2026, 9, 13, 18, 0, tzinfo=UTC)
"""A Sunday, on which nothing is due."""
SOON = START + timedelta(minutes=1)
"""When what waits at the backup may go."""
TUESDAY = datetime(2026, 9, 15, 18, 0, tzinfo=UTC)
"""After Monday's prompts, nudges and the first pulse."""
AFTER_IT = datetime(2026, 9, 16, 10, 0, tzinfo=UTC)
WELCOME = MessageKind.WELCOME_BACK
A_WEEK_LATER = TUESDAY + timedelta(weeks=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """A Slack that stays, and a database that is lost."""

    sandbox: Sandbox
    cast: Cast
    address: str
    keys: Path

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[Cairn]:
        options = demo_options(self.sandbox.url, self.keys, database_url=self.address)
        async with AsyncExitStack() as stack:
            with no_scope():
                cairn = await stack.enter_async_context(bot_in_sandbox(self.sandbox, options))
            yield cairn

    async def go_to(self, at: datetime) -> None:
        how = {"to": at.isoformat(), "wait_s": 120}
        answer = (await self.sandbox.http.post("/_sandbox/clock", json=how)).json()
        assert answer.get("settled"), answer

    async def posts(self) -> list[dict[str, Any]]:
        """Every message that Slack took from Cairn."""
        calls = await self.sandbox.get("calls", method="chat.postMessage", limit="100000")
        return [one["args"] for one in calls["calls"] if one["answer"]["ok"]]

    async def read_by_each(self) -> Counter[tuple[str, str]]:
        """How often each conversation has each text."""
        return Counter((one["channel"], one["text"]) for one in await self.posts())


@pytest.fixture
async def drill(database_address: str, tmp_path: Path) -> AsyncIterator[Drill]:
    world = World(start=START, rate=0)
    populate(world)
    cast = made_up_cast(mentors=2, mentees=6)
    async with (
        running(world) as url,
        httpx.AsyncClient(base_url=url, timeout=180, verify=NO_TLS) as http,
    ):
        sandbox = Sandbox(url, http)
        await put_people_in(sandbox, cast)
        yield Drill(sandbox=sandbox, cast=cast, address=database_address, keys=tmp_path / "keys")


async def let_all_wait(cairn: Cairn) -> None:
    """Put two messages to each into the outbox: one to go at once, and one after the restore."""
    workspace_id = WorkspaceId(cairn.workspace_id)
    async with cairn.database.writing() as connection:
        everybody = await members(connection, workspace_id)
        for at in (SOON, AFTER_IT):
            notices = [
                Notice(WELCOME, one.id, one.slack_user_id, f"{WELCOME}:{one.id}:{at}")
                for one in everybody
            ]
            await enqueue_all(
                connection,
                workspace_id,
                notices,
                lane=Lane.PROMPT,
                priority=ALWAYS,
                now=START,
                not_before=at,
                expires_at=A_WEEK_LATER,
            )


async def lost_and_put_back(drill: Drill, folder: Path, *, catch_up: bool) -> PutBack:
    """Back up while everybody's messages wait; let two days go by, and lose the database."""
    file = folder / "backup.zip"
    async with drill.bot() as cairn:
        services = cairn.services
        await set_up_programme(
            services.database,
            services.catalogue,
            drill.cast,
            workspace_id=WorkspaceId(cairn.workspace_id),
            now=START,
        )
        await let_all_wait(cairn)
        await back_up(drill.address, file, now=START)
        services.wake()
        await drill.go_to(SOON)  # what is ready goes before Monday's does
        await drill.go_to(TUESDAY)
    return await restore(drill.address, file, now=TUESDAY, replace=True, catch_up=catch_up)


async def test_nobody_gets_anything_twice_and_everybody_what_comes_next(
    drill: Drill, tmp_path: Path
) -> None:
    catch_up = drill.address.startswith("sqlite")  # both ways, and both engines
    back = await lost_and_put_back(drill, tmp_path, catch_up=catch_up)
    before = await drill.read_by_each()
    people = {one for one, text in before if text.startswith("Welcome back")}
    mentees = set(drill.cast.mentees)

    async with drill.bot():
        await drill.go_to(TUESDAY)
        at_once = await drill.read_by_each()
        await drill.go_to(AFTER_IT + timedelta(hours=8))
        later = await drill.read_by_each() - at_once

    assert at_once == before
    assert set(before.values()) == {1}
    assert {one for one, text in before if text.startswith("Your mentoring week")}
    assert {one for one, text in before if text.startswith("*A pulse is open")} == mentees
    assert mentees < people
    welcomed = {one: n for (one, text), n in later.items() if text.startswith("Welcome back")}
    assert welcomed == dict.fromkeys(people, 1)
    others = {one: text for one, text in later if not text.startswith("Welcome back")}
    assert others.keys() == (mentees if catch_up else set())  # their pulse was in no backup
    assert all(text.startswith("*A pulse is open") for text in others.values())
    ids = [one["metadata"]["event_payload"]["send_id"] for one in await drill.posts()]
    assert len(set(ids)) == len(ids)
    assert back.looked_up > len(people)
    assert (back.passed_over == 0) is catch_up


async def test_a_restore_of_what_was_backed_up_after_a_restore_looks_up_as_much(
    drill: Drill, tmp_path: Path
) -> None:
    again = tmp_path / "again.zip"
    await lost_and_put_back(drill, tmp_path, catch_up=True)
    before = await drill.read_by_each()

    await back_up(drill.address, again, now=TUESDAY)
    await restore(drill.address, again, now=TUESDAY, replace=True, catch_up=True)
    async with drill.bot():
        await drill.go_to(TUESDAY)

    assert await drill.read_by_each() == before


async def test_what_cannot_be_looked_up_for_now_waits(drill: Drill, tmp_path: Path) -> None:
    await lost_and_put_back(drill, tmp_path, catch_up=True)
    before = await drill.read_by_each()

    fails = {"kind": "status", "status": 503, "on": "conversations.history", "probability": 0.5}
    await drill.sandbox.post("faults", fails)
    async with drill.bot():
        await drill.go_to(TUESDAY + timedelta(minutes=20))

    after = await drill.read_by_each()
    assert {one: after[one] for one in before} == before


async def test_what_was_folded_into_anothers_message_is_found_in_it(
    drill: Drill, tmp_path: Path
) -> None:
    file, later = tmp_path / "backup.zip", START + timedelta(weeks=2)
    async with drill.bot() as cairn:
        services, here = cairn.services, WorkspaceId(cairn.workspace_id)
        counting_welcomes(cairn)
        await set_up_programme(
            services.database, services.catalogue, drill.cast, workspace_id=here, now=START
        )
        async with cairn.database.writing() as connection:
            for number in range(5):  # more than a week has room for
                notices = [
                    Notice(WELCOME, one.id, one.slack_user_id, f"{number}:{one.id}")
                    for one in await members(connection, here)
                ]
                await enqueue_all(
                    connection,
                    here,
                    notices,
                    lane=Lane.PROMPT,
                    priority=NORMAL,
                    now=START,
                    not_before=SOON,
                    expires_at=later,
                )
        await back_up(drill.address, file, now=START)
        services.wake()
        await drill.go_to(SOON)
        await drill.go_to(later)
    before = await drill.read_by_each()
    await restore(drill.address, file, now=later, replace=True)

    async with drill.bot() as cairn:
        counting_welcomes(cairn)
        await drill.go_to(later)

    assert await drill.read_by_each() == before
    assert any(text.count("Welcome back") > 1 for _, text in before)


def counting_welcomes(cairn: Cairn) -> None:
    """Let a greeting use up its reader's week, so that some are folded into others."""
    terms = cairn.dispatcher.terms
    policies = {**terms.policies, WELCOME: KindPolicy(counts=True)}
    cairn.dispatcher.terms = replace(terms, policies=policies)
