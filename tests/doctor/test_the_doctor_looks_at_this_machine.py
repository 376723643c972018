"""What the doctor finds out about disk, files, keys and database: a sentence for each cause."""

import shutil
import sqlite3
from collections import namedtuple
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.kernel.clock import SystemClock
from bot.kernel.database import Database
from bot.kernel.reading import open_to_read
from bot.kinds import MessageKind
from runtime.commands import keys as commands
from runtime.demo.run import demo_options
from runtime.doctor import database as databases
from runtime.doctor import keys, machine, waiting
from runtime.doctor.examination import examine
from runtime.doctor.findings import Finding, Group, Level
from runtime.tenancy import Options
from tests.support.cast import HERE
from tests.support.postgres import administer, as_role
from tests.support.scopes import no_scope

ON_POSTGRES = pytest.mark.parametrize("database_address", ["postgres"], indirect=True)
NOBODY = "http://127.0.0.1:1"
POSTGRES = "postgresql://cairn_run@127.0.0.1:1/cairn"


def told(found: list[Finding]) -> str:
    return " ".join(f"{one.level} {one.sentence}" for one in found)


@pytest.fixture
def here(tmp_path: Path, sqlite_template: Path) -> Options:
    """A database with all tables and a key directory beside its folder."""
    options = replace(demo_options(NOBODY, tmp_path), key_folder=tmp_path / "keys")
    options.key_folder.mkdir(mode=0o700)
    (tmp_path / "data").mkdir(mode=0o700)
    shutil.copy(sqlite_template, tmp_path / "data" / "cairn.db")
    (tmp_path / "data" / "cairn.db").chmod(0o600)
    return options


def test_a_key_directory_that_cannot_serve_is_told_with_the_reason(
    here: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = here.key_folder
    assert "ok Only Cairn's user may enter" in told([*keys.folder(here)])

    (folder / "round_1.key").touch(mode=0o644)
    assert f"FIX Others may read 1 key in {folder}; run" in told([*keys.folder(here)])
    folder.chmod(0o755)
    assert f"FIX Others on this machine may enter {folder}" in told([*keys.folder(here)])
    folder.chmod(0o700)
    monkeypatch.setattr("os.access", lambda *_: False)
    assert f"FIX This user may not read and write {folder}" in told([*keys.folder(here)])
    elsewhere = replace(here, key_folder=tmp_path / "a" / "b")
    assert f"may not make it in {tmp_path}; make it" in told([*keys.folder(elsewhere)])


def test_keys_are_to_lie_apart_from_the_database_on_either_engine(
    here: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(options: Options) -> str:
        return told([*keys.apart(options)])

    assert "note The keys lie on the same volume as the database" in said(here)
    data = tmp_path / "data"
    assert "FIX KEY_DIR is the database's own folder" in said(replace(here, key_folder=data))
    assert "FIX KEY_DIR lies inside the database's" in said(replace(here, key_folder=data / "k"))

    on_postgres = replace(here, database_url=POSTGRES)
    mounts = tmp_path / "mounts"
    monkeypatch.setattr(commands, "MOUNTS", mounts)
    mounts.write_text("/dev/sda / ext4 rw 0 0\n")
    assert "ok The keys lie apart from the database." in said(on_postgres)
    mounts.write_text("overlay / overlay rw 0 0\n")
    assert "lies in the container itself and is gone with it" in said(on_postgres)
    assert "note The keys lie on the same volume" in said(here), "so is the database"
    mounts.write_text(f"overlay / overlay rw 0 0\n/dev/sda {tmp_path}/keys ext4 rw 0 0\n")
    assert "ok" in said(on_postgres)
    (tmp_path / "PG_VERSION").write_text("16\n")
    assert f"FIX KEY_DIR lies inside {tmp_path}, a folder of Postgres" in said(on_postgres)


def test_a_disk_without_room_is_told(here: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(5_000_000))

    said = told([*machine.disks(here)])

    assert "FIX Only 5 MB are free at" in said
    assert "where the database lies, and 20" in said
    assert "where the keys lie, and 10 MB are needed; make room" in said


async def test_a_database_that_cannot_be_used_is_told_once(here: Options, tmp_path: Path) -> None:
    file = tmp_path / "data" / "cairn.db"
    whole = file.read_bytes()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0012'")
        connection.commit()
    older = file.read_bytes()
    cases = {
        "is damaged": whole[:16_384] + b"\x5a" * 8_192 + whole[24_576:],
        "not up to date": older,
        "DATABASE_URL": b"no database at all" * 500,
    }
    for words, content in cases.items():
        file.write_bytes(content)

        with no_scope():
            found = await examine(replace(here, bot_token=None, app_token=None))

        of_it = [one.sentence for one in found if one.group is Group.DATABASE and not one.is_well]
        assert len(of_it) == 1, found
        assert words in of_it[0]


def test_a_file_too_large_to_be_looked_through_is_told_instead_of_waited_for(
    here: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "STEPS_BETWEEN_LOOKS", 1)

    (found,) = databases.is_whole(here, within_s=0.0)

    assert (found.level, "not looked through to its end" in found.sentence) == (Level.NOTE, True)


async def test_what_is_due_and_was_not_done_is_told_with_its_age(
    database: Database, tmp_path: Path
) -> None:
    clock, since = SystemClock(), SystemClock().now() - timedelta(hours=7)
    options = replace(demo_options(NOBODY, tmp_path), key_folder=tmp_path / "keys")

    assert await waiting.late(options, database, clock) == []
    async with database.writing() as connection:
        notice = Notice(MessageKind.CHECKIN_PROMPT, "group_1", "U0ALICE", "once")
        await delivery.enqueue_all(
            connection, HERE, [notice], lane=Lane.PROMPT, now=since, expires_at=clock.now()
        )

    said = told(await waiting.late(options, database, clock))

    assert "FIX A message of the lane prompt has been ready for 7 hours and was not sent" in said
    assert "and see that Cairn runs" in said
    assert "No message is stuck" in told(await waiting.stuck(database))


@ON_POSTGRES
async def test_what_postgres_knows_of_itself_is_told(database_address: str) -> None:
    name = as_role(database_address, "x").rpartition("/")[2].partition("?")[0]
    await administer(
        database_address,
        f"ALTER DATABASE {name} SET default_transaction_read_only = on",
        "SET default_transaction_read_only = off",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_outbox_ended_at'::regclass",
    )
    database = open_to_read(database_address)

    with no_scope():
        said = told(await databases.rights(database))

    await database.close()
    assert "FIX The server lets this role only read, so that Cairn cannot write" in said
    assert "is broken; run REINDEX INDEX on it" in said
