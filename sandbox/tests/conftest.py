"""A sandbox with Alice and Bob in it, for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox_support.box import PEOPLE, Box, small_workspace
from slack_sandbox.seed import populate
from slack_sandbox.server import create_asgi
from slack_sandbox.world import World


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    """A sandbox on a real socket."""
    async with small_workspace() as made:
        yield made


@pytest.fixture
async def inner_box() -> AsyncIterator[Box]:
    """The same without sockets, for the many tests of single answers."""
    world = World(seed=7)
    populate(world)
    base = "http://localhost"
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(create_asgi(world)), base_url=base
    ) as http:
        made = Box(world, base, http)
        await made.control("users", users=PEOPLE)
        yield made
    await world.clock.stop()
