"""A backup holds everything but keys, goes back whole or not at all, and suits both engines."""

import asyncio
import base64
import json
import random
import shutil
import stat
import sys
import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.flows import pulse_rounds as rounds
from bot.kernel.database import metadata, open_database
from bot.kernel.errors import OperatorFacing
from bot.keys.vault import FileVault
from bot.pulse.model import RoundState
from runtime.commands.backup import back_up, check, restore
from runtime.commands.backup_format import LONGEST_BYTES, MANIFEST, shapes_of
from runtime.locks import LockIsTaken
from tests.pulse.papers import INSTRUMENT
from tests.pulse.year import FIRST_OPENING, Year
from tests.support.source import ROOT

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHANGED = {"outbox", "schedule", "schema_use", "restored"}
"""Tables that are not as they were: what waits is looked up, and what is due goes on from now."""
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
        for table in (one for one in metadata.sorted_tables if one.name not in CHANGED):
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
    assert (await restore(other_address, file, now=NOW)).copied == written
    assert await content(other_address) == before

    again = tmp_path / "again.zip"
    await back_up(other_address, again, now=NOW)
    await restore(database_address, again, now=NOW, replace=True)
    assert await content(database_address) == before
    assert written.rows > 40


VALUES: dict[str, object] = {
    "instant": datetime(2026, 9, 2, 7, 8, 9, 123456, tzinfo=UTC),
    "date": date(1, 1, 1),
    "time": time(23, 59, 59, 999999),
    "bytes": bytes(range(256)),
    "json": [{"ü": [None, 1.5, True, "\u2028🦆"]}],
    "boolean": True,
    "integer": 32_767,
    "float": 0.1 + 0.2,
    "text": "ü'\"\\\n\u2028🦆",
}
"""At least one for each type; a table gets a row of them, and one with all that may be empty."""


async def fill(address: str) -> None:
    database = open_database(address)
    async with database.writing() as connection:
        for shape in await shapes_of(connection):
            whole = {name: VALUES[kind] for name, kind in shape.columns.items()}
            other = {
                name: None if name in shape.optional else OTHER.get(kind, VALUES[kind])
                for name, kind in shape.columns.items()
            }
            await connection.execute(shape.table.insert(), [whole, other])
    await database.close()


OTHER: dict[str, object] = {
    "text": "another",
    "integer": -1,
    "json": None,
    "instant": datetime(9999, 1, 1, tzinfo=UTC),
    "date": date(9999, 12, 31),
    "boolean": False,
}


async def test_every_table_and_every_type_comes_back_on_either_engine(
    database_address: str, other_address: str, file: Path, tmp_path: Path
) -> None:
    await fill(other_address)
    before = await content(other_address)

    written = await back_up(other_address, file, now=NOW)
    await restore(database_address, file, now=NOW, catch_up=True)
    assert await content(database_address) == before
    again = tmp_path / "again.zip"
    await back_up(database_address, again, now=NOW)
    await restore(other_address, again, now=NOW, replace=True, catch_up=True)

    assert await content(other_address) == before
    assert written.rows == 2 * (len(metadata.tables) - 1)
    assert check(again).rows == written.rows - 1  # a restore keeps one of "restored", its own


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

    await restore(other_address, file, now=NOW)
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
        await restore(database_address, file, now=NOW)
    assert await content(database_address) == before

    await restore(database_address, file, now=NOW, replace=True)
    assert not any((await content(database_address)).values())


STRANGE = {
    "a list for an object": b"[]\n",
    "lists in lists": b"[" * 100_000,
    "far too long": b" " * (LONGEST_BYTES + 1),
}


@pytest.mark.parametrize("part", ["manifest.json", "tables/member.jsonl"])
@pytest.mark.parametrize("strange", STRANGE)
async def test_a_file_that_somebody_made_up_gets_a_sentence(
    sqlite_template: Path, file: Path, part: str, strange: str
) -> None:
    await back_up(f"sqlite:///{sqlite_template}", file, now=NOW)
    with zipfile.ZipFile(file) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in (parts | {part: STRANGE[strange]}).items():
            out.writestr(name, text)

    with pytest.raises(OperatorFacing, match="damaged or no backup"):
        check(file)


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
        await restore(database_address, file, now=NOW, replace=True)

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
        await restore(other_address, file, now=NOW)


async def test_a_backup_that_an_earlier_version_wrote_is_not_called_damaged(
    other_address: str, file: Path
) -> None:
    with zipfile.ZipFile(file, "w") as out:
        about = {"format": 1, "schema": "0059", "made_at": NOW.isoformat(), "rows": {"member": 0}}
        out.writestr(MANIFEST, json.dumps(about))

    with pytest.raises(OperatorFacing, match=r"0\.1\.0 or older .*restore it with that version"):
        await restore(other_address, file, now=NOW)


def test_an_earlier_backup_is_never_written_over(other_address: str, file: Path) -> None:
    file.write_text("yesterday's")

    with pytest.raises(OperatorFacing, match="exists already"):
        asyncio.run(back_up(other_address, file, now=NOW))

    assert file.read_text() == "yesterday's"
    assert [path.name for path in file.parent.glob(".*")] == []


async def test_any_bit_that_is_wrong_is_noticed_or_means_nothing(
    other_address: str, file: Path, tmp_path: Path
) -> None:
    await fill(other_address)
    await back_up(other_address, file, now=NOW)
    whole, manifest = await asyncio.to_thread(file.read_bytes), check(file)
    rng, wrong, noticed = random.Random(7), tmp_path / "wrong.zip", 0

    for _ in range(150):
        flipped = bytearray(whole)
        flipped[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        for content_of_it in (bytes(flipped), whole[: rng.randrange(len(whole))]):
            await asyncio.to_thread(wrong.write_bytes, content_of_it)
            found, reason = manifest, None
            try:
                found = check(wrong)
            except OperatorFacing as problem:
                noticed, reason = noticed + 1, problem.reason
            assert found == manifest
            assert reason is None or "damaged or no backup" in reason

    assert noticed > 200


async def test_nothing_is_restored_under_a_bot_that_runs_and_one_that_crashed_is_in_nobodys_way(
    database_address: str, file: Path
) -> None:
    await back_up(database_address, file, now=NOW)
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RUNS_ON, database_address),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert running.stdout is not None
    assert await running.stdout.readline() == b"running\n"

    with pytest.raises(OperatorFacing, match="Cairn is running on this database; stop it"):
        await restore(database_address, file, now=NOW, replace=True)
    running.kill()
    await running.wait()

    for _ in range(100):  # Postgres takes a moment to see that the connection is gone
        try:
            await restore(database_address, file, now=NOW, replace=True)
            break
        except LockIsTaken:
            await asyncio.sleep(0.1)
    else:
        pytest.fail("the lock of a process that was killed is still there")


RUNS_ON = """
import asyncio, sys
from runtime.locks import running_on
async def run():
    async with running_on(sys.argv[1]):
        print("running", flush=True)
        await asyncio.sleep(60)
asyncio.run(run())
"""
