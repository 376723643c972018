"""Looking changes nothing: no file, no folder and no row, whatever is amiss."""

import hashlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.kernel.database import Database, all_tables, open_database
from runtime.demo.run import demo_options
from runtime.doctor.examination import examine
from tests.support.scopes import no_scope

NOBODY = "http://127.0.0.1:1"
SEVERAL = {"bot_token": None, "client_id": "1.2", "client_secret": "hush"}


def tree(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file and folder with its mode and content; of SQLite's index of its log, no content."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            ""
            if path.is_dir() or path.name.endswith("-shm")
            else hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in sorted(folder.rglob("*"))
    }


async def rows(database: Database) -> dict[str, list[str]]:
    """Every row of every table, and the names of all tables there are."""
    found = {}
    async with database.reading() as connection:
        found["tables"] = await connection.run_sync(lambda it: sa.inspect(it).get_table_names())
        for table in all_tables().sorted_tables:
            found[table.name] = sorted(map(str, await connection.execute(sa.select(table))))
    return found


@pytest.mark.parametrize("mode", [{}, SEVERAL], ids=["one workspace", "several"])
async def test_a_first_look_in_an_empty_folder_makes_nothing(
    tmp_path: Path, mode: dict[str, str | None]
) -> None:
    options = replace(demo_options(NOBODY, tmp_path / "not" / "there"), **mode)  # type: ignore[arg-type]

    with no_scope():
        found = await examine(options)

    assert any("There is no database yet" in one.sentence for one in found)
    assert any(
        "is not there; for a new database `migrate` makes it" in one.sentence for one in found
    )
    assert tree(tmp_path) == {}


async def test_looking_leaves_files_and_rows_as_they_are(
    database: Database, database_address: str, tmp_path: Path
) -> None:
    options = replace(
        demo_options(NOBODY, tmp_path, database_url=database_address), key_folder=tmp_path / "keys"
    )
    content = await rows(database)
    again = open_database(database_address)
    await database.close()
    before = tree(tmp_path)

    with no_scope():
        for given in (options, replace(options, **SEVERAL)):  # type: ignore[arg-type]
            await examine(given)

    assert tree(tmp_path) == before
    assert await rows(again) == content
    await again.close()


WRITES_AND_WAITS = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA wal_autocheckpoint=0")
connection.execute("INSERT INTO pulse_vault VALUES (1, 'x')")
connection.commit()
print("written", flush=True)
time.sleep(60)
"""


@pytest.fixture
def writer(sqlite_template: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has SQLite's file open and a row in its log that is not in the file yet."""
    (tmp_path / "cairn.db").write_bytes(sqlite_template.read_bytes())
    (tmp_path / "cairn.db").chmod(0o600)
    process = subprocess.Popen(
        [sys.executable, "-c", WRITES_AND_WAITS, str(tmp_path / "cairn.db")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    with process:
        yield process
        process.kill()


async def test_neither_does_it_disturb_a_database_at_work_or_one_whose_process_was_killed(
    writer: subprocess.Popen[str], tmp_path: Path
) -> None:
    options = demo_options(NOBODY, tmp_path, database_url=f"sqlite:///{tmp_path}/cairn.db")
    for is_killed in (False, True):
        if is_killed:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        before = tree(tmp_path)

        with no_scope():
            found = await examine(options)

        assert tree(tmp_path) == before
        assert "cairn.db-wal" in before
        sentences = " ".join(one.sentence for one in found)
        assert "The database's file is whole." in sentences
        assert "not mounted" in sentences, "it sees the row in the log"
