"""A key directory and a stage for each test."""

from pathlib import Path

import pytest

from bot.kernel.database import Database
from bot.keys.vault import FileVault
from tests.pulse.stage import Stage


@pytest.fixture
async def vault(tmp_path: Path) -> FileVault:
    found = FileVault(tmp_path / "keys")
    await found.set_up()
    return found


@pytest.fixture
def stage(database: Database, vault: FileVault) -> Stage:
    return Stage(database, vault)
