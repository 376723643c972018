"""The last release and this version serve one Postgres together, while people check in."""

import asyncio
import io
import os
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.checkins.tables import checkin
from bot.delivery.model import Lane, Notice
from bot.delivery.rules import ALWAYS
from bot.delivery.store import enqueue_all
from bot.delivery.tables import outbox
from bot.kernel.database import Database, open_database
from bot.keys.vault import FileVault
from bot.kinds import MessageKind
from bot.people.store import members
from config.catalogue import load_catalogue
from runtime.commands.schema import MIGRATIONS
from runtime.demo.cast import Cast, made_up_cast, set_up_programme
from runtime.demo.run import demo_options
from runtime.demo.sandbox import NO_TLS, Sandbox, install_app, put_people_in
from runtime.tenancy import with_words_keys
from slack_sandbox.seed import populate
from slack_sandbox.server import running
from slack_sandbox.world import World
from tests.conftest import HERE
from tests.support.source import ROOT

VERSION, COMMIT = (MIGRATIONS / "last_release.txt").read_text().split()
WELCOME = MessageKind.WELCOME_BACK
PATIENCE_S = 60


def source_of(commit: str, folder: Path) -> Path:
    """The last release, as it was. Skips where its history is not there."""
    asked = ["git", "archive", "--format=tar", commit]
    found = subprocess.run(asked, cwd=ROOT, capture_output=True, check=False)
    if found.returncode != 0:
        pytest.skip(
            f"the history of {VERSION} ({commit[:8]}) is not in this copy: git fetch --tags"
        )
    with tarfile.open(fileobj=io.BytesIO(found.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@dataclass(slots=True, kw_only=True)
class Hospital:
    """A Slack, a database for both versions, and what was sent and written so far."""

    sandbox: Sandbox
    database: Database
    cast: Cast
    environment: dict[str, str]
    log: dict[str, list[str]] = field(default_factory=dict)
    waves: int = 0

    @asynccontextmanager
    async def replica(self, name: str, source: Path) -> AsyncIterator[None]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "app.py", "serve"),
            cwd=source,
            env=self.environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr
        lines = self.log.setdefault(name, [])
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not lines or '"ready"' not in lines[-1]:
                    line = await process.stderr.readline()
                    assert line, f"{name} stopped before it was ready: {lines}"
                    lines.append(line.decode())
            yield
        finally:
            process.terminate()
            lines += (await process.stderr.read()).decode().splitlines()
            await process.wait()

    async def wave(self) -> None:
        """Everybody is written to, and every mentee checks in."""
        self.waves += 1
        now = datetime.now(UTC)
        async with self.database.writing() as connection:
            notices = [
                Notice(WELCOME, one.id, one.slack_user_id, f"{WELCOME}:{one.id}:{self.waves}")
                for one in await members(connection, HERE)
            ]
            await enqueue_all(
                connection,
                HERE,
                notices,
                lane=Lane.PROMPT,
                priority=ALWAYS,
                now=now,
                expires_at=now + timedelta(hours=1),
            )
        for mentee in self.cast.mentees:
            await self._check_in(mentee)
        await _until(self._is_sent)

    async def _check_in(self, mentee: str) -> None:
        await self.sandbox.post("slash", {"user": mentee, "command": "/checkin", "text": ""})
        found: list[dict[str, Any]] = []

        async def is_open() -> bool:
            found[:] = (await self.sandbox.get("views", user=mentee))["views"]
            return any("lens_" in block.get("block_id", "") for block in _blocks(found))

        await _until(is_open)
        view = found[-1]
        block = next(b for b in view["blocks"] if b.get("block_id", "").startswith("lens_"))
        state = {block["block_id"]: {block["element"]["action_id"]: f"Words {self.waves}"}}
        submitted = {"user": mentee, "view_id": view["id"], "state": state}
        assert (await self.sandbox.post("submit", submitted))["acked"]
        await self.sandbox.post("close", {"user": mentee, "view_id": view["id"], "clear": True})

    async def _is_sent(self) -> bool:
        wanted = self.waves * (len(self.cast.mentees) + 1)
        return len([one for one in await self.posts() if "Welcome back" in one["text"]]) >= wanted

    async def posts(self) -> list[dict[str, Any]]:
        calls = await self.sandbox.get("calls", method="chat.postMessage", limit="100000")
        return [one["args"] for one in calls["calls"] if one["answer"]["ok"]]


def _blocks(views: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [block for view in views[-1:] for block in view["blocks"]]


async def _until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.1)


@pytest.fixture
async def hospital(database_address: str, tmp_path: Path) -> AsyncIterator[Hospital]:
    world, cast = World(), made_up_cast(mentors=1, mentees=3)
    populate(world)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(running(world))
        http = httpx.AsyncClient(base_url=url, timeout=60, verify=NO_TLS)
        sandbox = Sandbox(url, await stack.enter_async_context(http))
        await put_people_in(sandbox, cast)
        await install_app(sandbox)
        vault = FileVault(tmp_path / "keys")
        database = await with_words_keys(open_database(database_address), vault)
        stack.push_async_callback(database.close)
        now = datetime.now(UTC)
        catalogue = load_catalogue()
        await set_up_programme(database, catalogue, cast, workspace_id=HERE, now=now)
        given = demo_options(url, tmp_path, database_url=database_address)
        settings = {
            "SLACK_BOT_TOKEN": given.bot_token,
            "SLACK_APP_TOKEN": given.app_token,
            "SLACK_SIGNING_SECRET": given.signing_secret,
            "SLACK_API_URL": given.api_url,
            "DATABASE_URL": database_address,
            "KEY_DIR": str(tmp_path / "keys"),
        }
        environment = os.environ | {name: value for name, value in settings.items() if value}
        yield Hospital(
            sandbox=sandbox,
            database=database,
            cast=cast,
            environment=environment,
        )


@pytest.mark.parametrize("database_address", ["postgres"], indirect=True)
async def test_a_rolling_upgrade_loses_and_doubles_nothing(
    hospital: Hospital, tmp_path: Path
) -> None:
    before = source_of(COMMIT, tmp_path / "before")

    async with AsyncExitStack() as old:
        await old.enter_async_context(hospital.replica("old", before))
        await hospital.wave()  # the version before alone, on the new schema
        async with hospital.replica("new", ROOT):
            await hospital.wave()  # both at once
            await hospital.wave()
            await old.aclose()
            await hospital.wave()  # the new one alone

    async with hospital.database.reading() as connection:
        kept = await connection.execute(sa.select(checkin.c.member_id))
        states = (await connection.execute(sa.select(outbox.c.state))).scalars()
        assert set(Counter(kept.scalars()).values()) == {hospital.waves}
        assert set(states) <= {"sent", "queued", "withdrawn"}
    ids = [one["metadata"]["event_payload"]["send_id"] for one in await hospital.posts()]
    assert len(set(ids)) == len(ids)
    for name, lines in hospital.log.items():
        assert [line for line in lines if '"error"' in line or "Traceback" in line] == [], name
        assert any('"ready"' in line for line in lines)
