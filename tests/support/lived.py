"""A demo that has lived for some weeks, with few people, in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from runtime.demo.hints import Hinting
from runtime.demo.living import Living
from runtime.demo.past import DemoCast, Past, demo_cast
from runtime.demo.run import demo_options, lively_bot, played_at
from runtime.demo.sandbox import NO_TLS, Sandbox, put_people_in
from runtime.demo.turns import LateStart
from runtime.process import Cairn
from slack_sandbox.seed import populate
from slack_sandbox.server import running
from slack_sandbox.world import World
from tests.support.scopes import no_scope
from tests.support.tables import with_all_tables

OPENS_AT = datetime(2026, 12, 2, 10, tzinfo=UTC)
"""A Wednesday."""


@dataclass(frozen=True, slots=True)
class LivedDemo:
    """The sandbox, its people and the bot, on the Wednesday of a week."""

    sandbox: Sandbox
    people: DemoCast
    cairn: Cairn
    living: Living

    @property
    def hinting(self) -> Hinting:
        return Hinting(cairn=self.cairn, sandbox=self.sandbox, cast=self.people.cast)

    async def move(self, **how: Any) -> None:
        """Move the clock, and wait until everything has happened."""
        body = {**how, "wait_s": 120}
        answer = await self.sandbox.http.post("/_sandbox/clock", json=body)
        assert answer.json()["settled"]

    async def be(self, user: str) -> None:
        """Open the page as somebody."""
        answer = await self.sandbox.http.get(f"/client/T0CAIRN/{user}/A0SANDBOX")
        assert answer.status_code == 200

    async def said(self) -> dict[str, list[str]]:
        """Give all messages by who reads them: people's direct messages, and channels."""
        state = await self.sandbox.state()
        names = {one["id"]: one["name"] for one in state["channels"] if not one["is_im"]}
        found = {
            who: await self.sandbox.get("messages", user=who) for who, *_ in self.people.cast.people
        }
        found |= {
            name: await self.sandbox.get("messages", channel=channel)
            for channel, name in names.items()
        }
        return {
            who: [f"{_minute(one)} {one['text']}" for one in messages["messages"]]
            for who, messages in found.items()
        }


def _minute(message: dict[str, Any]) -> str:
    return f"{datetime.fromtimestamp(float(message['ts']), UTC):%d %B %H:%M}"


@asynccontextmanager
async def lived_demo(folder: Path, *, week: int, seed: int = 1) -> AsyncIterator[LivedDemo]:
    """Let two mentors and nine mentees live until the Wednesday of a week."""
    address = f"sqlite:///{folder / 'cairn.db'}"
    await with_all_tables(address)
    people = demo_cast(mentors=2, mentees=9, seed=seed)
    world = World(start=OPENS_AT - timedelta(weeks=week - 1), rate=0)
    populate(world)
    async with (
        running(world) as url,
        httpx.AsyncClient(base_url=url, timeout=180, verify=NO_TLS) as http,
    ):
        sandbox = Sandbox(url, http)
        await put_people_in(sandbox, people.cast)
        options = demo_options(url, folder / "keys", database_url=address)
        with no_scope():
            late = LateStart(people.late_roster)
            lively = lively_bot(sandbox, options, more=(late.join,), seed=seed)
            async with lively as (cairn, living):
                await Past(sandbox, people, week).live(cairn, living)
                living.played = played_at(sandbox)
                await sandbox.post("clock", {"rate": 0})
                yield LivedDemo(sandbox, people, cairn, living)
