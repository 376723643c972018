"""A running sandbox with Alice and Bob in it, and the ways to talk to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from slack_sandbox.seed import TEAM_ID, populate
from slack_sandbox.server import running
from slack_sandbox.world import World

BOT_TOKEN = f"xoxb-sandbox-{TEAM_ID}"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Box:
    """A running sandbox and the two ways to talk to it."""

    world: World
    base: str
    http: httpx.AsyncClient

    async def control(self, path: str, **body: Any) -> Json:
        """Post to the control API; fails the test unless it says yes."""
        answer = (await self.http.post(f"/_sandbox/{path}", json=body)).json()
        assert answer["ok"], answer
        return dict(answer)

    async def refused(self, path: str, **body: Any) -> Json:
        """Post to the control API; fails the test unless it says no."""
        answer = await self.http.post(f"/_sandbox/{path}", json=body)
        assert answer.status_code == 400, answer.text
        return dict(answer.json())

    async def read(self, path: str, **query: str) -> Json:
        """Get from the control API."""
        answer = (await self.http.get(f"/_sandbox/{path}", params=query)).json()
        assert answer["ok"], answer
        return dict(answer)

    async def api(self, method: str, *, token: str = BOT_TOKEN, **args: Any) -> Json:
        """Call the Web API with JSON and return its answer, good or bad."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self.http.post(f"/api/{method}", json=args, headers=headers)
        return dict(answer.json())


PEOPLE = [
    {"id": "U0ALICE", "name": "alice", "real_name": "Alice", "tz": "Europe/Berlin"},
    {"id": "U0BOB", "name": "bob", "real_name": "Bob", "email": "bob@example.org"},
]


@asynccontextmanager
async def small_workspace() -> AsyncIterator[Box]:
    """A sandbox on a real socket with Alice and Bob in it, in the caller's event loop."""
    world = World(seed=7)
    populate(world)
    async with running(world) as base, httpx.AsyncClient(base_url=base) as http:
        made = Box(world, base, http)
        await made.control("users", users=PEOPLE)
        yield made
