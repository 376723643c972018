"""A backup holds everything but keys, goes back whole or not at all, and suits both engines."""

import asyncio
import base64
import json
import shutil
import stat
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.flows import pulse_rounds as rounds
from bot.kernel.database import metadata, open_database
from bot.kernel.errors import OperatorFacing
from bot.kernel.tables import schema_use
from bot.keys.vault import FileVault
from bot.pulse.model import RoundState
from runtime.commands.backup import back_up, restore
from runtime.commands.backup_format import MANIFEST
from tests.pulse.papers import INSTRUMENT
from tests.pulse.year import FIRST_OPENING, Year

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = datetime(2026, 10, 20, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.zip"


@pytest.fixture
def other_address(sqlite_template: Path, tmp_path: Path) -> str:
    """A second, empty database, always on SQLite."""
    path = tmp_path / "other.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


async def started(address: str, keys: Path) -> Year:
    """A programme whose first pulse is open and answered by all."""
    means = rounds.PulseServices(open_database(address), FileVault(keys), {"small": INSTRUMENT})
    year = Year(means)
    await year.start()
    await year.until(FIRST_OPENING)
    await year.answer()
    return year


async def content(address: str) -> dict[str, list[dict[str, Any]]]:
    database = open_database(address)
    found = {}
    async with database.reading() as connection:
        for table in (one for one in metadata.sorted_tables if one is not schema_use):
            rows = await connection.execute(sa.select(table).order_by(*table.primary_key.columns))
            found[table.name] = sorted((dict(row) for row in rows.mappings()), key=str)
    await database.close()
    return found


async def test_everything_comes_back_on_the_other_engine_and_from_there(
    database_address: str, other_address: str, file: Path, tmp_path: Path
) -> None:
    year = await started(database_address, tmp_path / "keys")
    await year.database.close()
    before = await content(database_address)

    written = await back_up(database_address, file, now=NOW)
    assert await restore(other_address, file) == written
    assert await content(other_address) == before

    again = tmp_path / "again.zip"
    await back_up(other_address, again, now=NOW)
    await restore(database_address, again, replace=True)
    assert await content(database_address) == before
    assert written.rows > 40


async def test_a_backup_is_for_its_owner_and_holds_no_key(
    database_address: str, file: Path, tmp_path: Path
) -> None:
    year = await started(database_address, tmp_path / "keys")
    (key_file,) = (tmp_path / "keys").glob("*.key")
    key = key_file.read_bytes()
    await year.database.close()

    await back_up(database_address, file, now=NOW)

    assert mode_of(file) == 0o600
    with zipfile.ZipFile(file) as opened:
        everything = b"".join(opened.read(name) for name in opened.namelist())
    for secret in (key[12:44], key[44:]):
        for form in (secret, secret.hex().encode(), _base64(secret)):
            assert form not in everything


def _base64(secret: bytes) -> bytes:
    return base64.b64encode(secret)[:40]


async def test_a_restored_round_that_had_closed_opens_and_releases_nothing(
    database_address: str, other_address: str, file: Path, tmp_path: Path
) -> None:
    year = await started(database_address, tmp_path / "keys")
    await back_up(database_address, file, now=NOW)
    await year.until(LATER)
    assert (await year.rounds())[0].state is RoundState.RELEASED
    await year.database.close()

    await restore(other_address, file)
    restored = Year(rounds.PulseServices(open_database(other_address), year.means.vault, {}))
    assert (await restored.rounds())[0].state is RoundState.OPEN
    await rounds.finish_rounds(restored.means, now=LATER)

    assert (await restored.rounds())[0].state is RoundState.VOID
    assert await restored.told("pulse_digest", "pulse_result") == []
    await restored.database.close()
    left = await content(other_address)
    assert left["pulse_ballot"] == left["pulse_release"] == []


async def test_a_database_in_use_is_only_replaced_when_told_so(
    database_address: str, other_address: str, file: Path, tmp_path: Path
) -> None:
    year = await started(database_address, tmp_path / "keys")
    await year.database.close()
    before = await content(database_address)
    await back_up(other_address, file, now=NOW)

    with pytest.raises(OperatorFacing, match="--replace"):
        await restore(database_address, file)
    assert await content(database_address) == before

    await restore(database_address, file, replace=True)
    assert not any((await content(database_address)).values())


@pytest.mark.parametrize("wrong", ["cut", "not a zip", "rows missing", "a word for a number"])
async def test_a_damaged_backup_changes_nothing(
    database_address: str, file: Path, tmp_path: Path, wrong: str
) -> None:
    year = await started(database_address, tmp_path / "keys")
    await year.database.close()
    before = await content(database_address)
    await back_up(database_address, file, now=NOW)
    spoil(file, wrong)

    with pytest.raises(OperatorFacing, match=r"damaged or no backup"):
        await restore(database_address, file, replace=True)

    assert await content(database_address) == before


def mode_of(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def spoil(file: Path, wrong: str) -> None:
    if wrong in ("cut", "not a zip"):
        file.write_bytes(file.read_bytes()[:-200] if wrong == "cut" else b"no backup")
        return
    with zipfile.ZipFile(file) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    if wrong == "rows missing":
        parts["tables/member.jsonl"] = parts["tables/member.jsonl"].split(b"\n")[0]
    else:
        parts["tables/pulse_round.jsonl"] = parts["tables/pulse_round.jsonl"].replace(
            b'"opens_at": "2026', b'"opens_at": "soon'
        )
    with zipfile.ZipFile(file, "w") as out:
        for name, said in parts.items():
            out.writestr(name, said)


async def test_a_backup_of_another_schema_says_how_it_comes_back(
    other_address: str, file: Path
) -> None:
    await back_up(other_address, file, now=NOW)
    with zipfile.ZipFile(file) as opened:
        about = json.loads(opened.read(MANIFEST))
    with zipfile.ZipFile(file, "w") as out:
        out.writestr(MANIFEST, json.dumps({**about, "schema": "0001", "tables": {}}))

    with pytest.raises(OperatorFacing, match=r"migrate --to 0001"):
        await restore(other_address, file)


def test_an_earlier_backup_is_never_written_over(other_address: str, file: Path) -> None:
    file.write_text("yesterday's")

    with pytest.raises(OperatorFacing, match="exists already"):
        asyncio.run(back_up(other_address, file, now=NOW))

    assert file.read_text() == "yesterday's"
    assert [path.name for path in file.parent.glob(".*")] == []
