"""A bot that would run: a sandbox with the app of the manifest, a database, and keys apart."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.demo.run import demo_options
from runtime.tenancy import Options, needed_scopes, optional_scopes
from slack_sandbox.seed import populate
from slack_sandbox.server import running
from slack_sandbox.world import World
from tests.support.tables import with_all_tables


@pytest.fixture
async def world() -> AsyncIterator[World]:
    found = World()
    populate(found)
    scopes = needed_scopes() | optional_scopes()
    for one in found.tokens.values():
        one.scopes = scopes if one.kind == "bot" else one.scopes
    async with running(found):
        yield found


@pytest.fixture
async def options(world: World, tmp_path: Path) -> Options:
    """Settings of a first start: nothing has run yet but the migrations."""
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    found = replace(demo_options(world.base_url, tmp_path), key_folder=keys)
    await with_all_tables(found.database_url)
    return found
