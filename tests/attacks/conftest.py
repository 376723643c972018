"""A database, a key directory, and an attacker's copy of every ballot before it was sealed."""

from pathlib import Path

import pytest

from bot.flows import pulse_rounds as rounds
from bot.kernel.database import Database
from bot.keys.vault import FileVault, SealedBoxKeys
from bot.pulse import sealing
from bot.pulse.model import Paper, Round
from tests.pulse.papers import INSTRUMENT
from tests.pulse.stage import Stage
from tests.pulse.year import Year


@pytest.fixture
async def vault(tmp_path: Path) -> FileVault:
    found = FileVault(tmp_path / "keys")
    await found.set_up()
    return found


@pytest.fixture
def stage(database: Database, vault: FileVault) -> Stage:
    return Stage(database, vault)


@pytest.fixture
async def year(database: Database, vault: FileVault) -> Year:
    found = Year(rounds.PulseServices(database, vault, {"small": INSTRUMENT}))
    await found.start()
    return found


@pytest.fixture
def papers(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every ballot as it is before sealing. Half of it is random, so it is its own marker."""
    seen: list[bytes] = []
    padded = sealing._padded

    def watched(round_: Round, paper: Paper, keys: SealedBoxKeys) -> bytes:
        seen.append(padded(round_, paper, keys))
        return seen[-1]

    monkeypatch.setattr(sealing, "_padded", watched)
    return seen
