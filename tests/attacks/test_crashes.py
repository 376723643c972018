"""Kill -9 at every step of closing: nothing lost, nothing linked, nothing told twice."""

import asyncio
import os
import signal
import sys
from datetime import timedelta

import pytest

from bot.flows import pulse_rounds as rounds
from bot.kernel.database import open_database
from bot.keys.vault import FileVault
from bot.pulse import store as kept
from bot.pulse.model import RoundState
from tests.attacks.crash_child import PLACES
from tests.attacks.forensics import files_of, found_in
from tests.pulse.stage import key_files
from tests.pulse.year import FIRST_OPENING, MENTEES, Year

EVERYWHERE = "CAIRN_ATTACKS_LONG" in os.environ
ON_POSTGRES = PLACES if EVERYWHERE else ("after writing the releases", "after the release")
CASES = [("sqlite", step) for step in PLACES] + [("postgres", step) for step in ON_POSTGRES]
"""All steps on both engines with CAIRN_ATTACKS_LONG set; else the two that differ most."""


@pytest.mark.parametrize(("database_address", "step"), CASES, indirect=["database_address"])
async def test_a_close_that_is_killed_is_finished_by_the_next_start(
    year: Year, vault: FileVault, database_address: str, papers: list[bytes], step: str
) -> None:
    await year.until(FIRST_OPENING)
    await year.answer()
    (round_,) = await year.rounds()
    keys = await vault.recall(round_.id)
    await year.database.close()

    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.attacks.crash_child",
        database_address,
        str(vault.directory),
        round_.closes_at.isoformat(),
        step,
    )
    assert await child.wait() == -signal.SIGKILL
    later = rounds.PulseServices(open_database(database_address), vault, year.means.instruments)
    again = Year(later)
    assert found_in(await files_of(later.database), [*papers, keys.private_key]) == set()

    await rounds.finish_rounds(later, now=round_.closes_at + timedelta(minutes=1))

    (round_,) = await again.rounds()
    assert round_.state is RoundState.RELEASED
    assert key_files(vault) == []
    assert len(await again.told("pulse_digest")) == 2
    assert len(await again.told("pulse_result")) == len(MENTEES)
    async with later.database.reading() as connection:
        published = await kept.published(connection, round_)
    assert published is not None
    assert len(published.results.releases) == len(round_.items)
    files = [*await files_of(later.database), *vault.directory.glob("*")]
    assert found_in(files, [*papers, keys.private_key, keys.tag_key]) == set()
    await later.database.close()
