"""migrate waits for others, goes on where it was killed, and says what going back costs."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.delivery.recovery import note_restored
from bot.kernel.database import Database, metadata, open_database
from bot.kernel.errors import OperatorFacing
from runtime.commands import schema
from runtime.commands.backup import back_up, restore
from runtime.commands.migrate import take_to
from runtime.commands.schema import current_database, migrate, newest_revision, schema_of
from runtime.locks import running_on
from tests.migrations.test_migrations import some_value
from tests.support import postgres
from tests.support.source import ROOT

NEWEST = newest_revision()
BEFORE, AFTER = "0057", "0058"
"""0058 adds a day to each programme, and nothing else."""
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DIES_HALF_WAY = """
import asyncio, os, signal, sys
from alembic import op
from runtime.commands.schema import migrate
create, calls = op.create_table, []
def create_table(*args, **given):
    calls.append(args)
    if len(calls) == 30:
        os.kill(os.getpid(), signal.SIGKILL)
    return create(*args, **given)
op.create_table = create_table
asyncio.run(migrate(sys.argv[1]))
"""


@pytest.fixture
async def current(database_address: str) -> AsyncIterator[tuple[str, Database]]:
    address = owned(database_address)
    opened = open_database(address)
    yield address, opened
    await opened.close()


@pytest.fixture
async def empty(empty_database_address: str) -> AsyncIterator[tuple[str, Database]]:
    opened = open_database(empty_database_address)
    yield empty_database_address, opened
    await opened.close()


def owned(address: str) -> str:
    """The address for the role that may change tables."""
    return address if address.startswith("sqlite") else postgres.as_role(address, postgres.OWNER)


async def to(address: str, revision: str | None, *, agreed: bool = False, **given: Path) -> str:
    return await take_to(address, revision, backup=given.get("backup"), agreed=agreed, vault=None)


async def keep_a_day(database: Database) -> None:
    """A programme with a day on which it closes."""
    table = metadata.tables["programme"]
    values = {column.name: some_value(column) for column in table.columns}
    async with database.writing() as connection:
        await connection.execute(table.insert(), values | {"closes_on": date(2027, 6, 30)})


async def revision_in(database: Database) -> str | None:
    return (await schema_of(database)).revision


async def test_several_at_once_are_one_after_the_other(current: tuple[str, Database]) -> None:
    address, database = current

    await to(address, BEFORE)
    states = await asyncio.gather(*(migrate(address) for _ in range(3)))

    assert {state.revision for state in states} == {NEWEST}
    assert await revision_in(database) == NEWEST


async def test_one_that_was_killed_goes_on_from_the_last_whole_migration(
    empty: tuple[str, Database],
) -> None:
    address, database = empty

    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DIES_HALF_WAY, address, cwd=ROOT
    )
    await killed.wait()
    half_way = await revision_in(database)
    await migrate(address)

    assert killed.returncode == -signal.SIGKILL
    assert half_way is not None
    assert "0001" < half_way < NEWEST
    assert await revision_in(database) == NEWEST


async def test_a_table_in_use_is_waited_for_and_then_named_in_a_sentence(
    current: tuple[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, database = current
    if database.is_sqlite:
        pytest.skip("SQLite has one lock, for which every writer waits")
    await to(address, BEFORE)
    monkeypatch.setattr(schema, "LOCK_TIMEOUT_S", 1)
    monkeypatch.setattr(schema, "BUSY_UNTIL_S", 0)

    async with database.reading() as reader:
        await reader.execute(sa.select(metadata.tables["programme"].c.id))
        with pytest.raises(OperatorFacing, match=r"in use by another connection.*again"):
            await migrate(address)
        assert await revision_in(database) == BEFORE
        monkeypatch.setattr(schema, "BUSY_UNTIL_S", 60)
        waiting = asyncio.create_task(migrate(address))
        await asyncio.sleep(1.2)

    assert (await waiting).revision == NEWEST


async def test_what_going_back_would_lose_is_counted_and_agreed_to(
    current: tuple[str, Database], capsys: pytest.CaptureFixture[str]
) -> None:
    address, database = current
    await keep_a_day(database)

    with pytest.raises(OperatorFacing, match=r"Nothing was changed; add --yes"):
        await to(address, BEFORE)
    assert capsys.readouterr().err == "Would be lost: 1 value of programme.closes_on\n"
    assert await revision_in(database) == NEWEST

    await to(address, AFTER)  # which loses nothing, so nobody is asked
    await to(address, BEFORE, agreed=True)
    assert await revision_in(database) == BEFORE
    with pytest.raises(OperatorFacing, match=r"not up to date"):
        async with current_database(address):
            pass

    assert NEWEST in await to(address, None)
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(metadata.tables["programme"].c.closes_on)) is None


async def test_rows_that_a_step_back_deletes_are_named(
    current: tuple[str, Database], capsys: pytest.CaptureFixture[str]
) -> None:
    address, database = current
    row = {"id": "concern_1", "workspace_id": "T0CAIRN", "to_id": "member_1", "stand_ins": []}
    times = dict.fromkeys(("asked_at", "due_at", "asked_last_at"), datetime.now(UTC))
    async with database.writing() as connection:
        concerns = metadata.tables["concern"]
        await connection.execute(concerns.insert(), {**row, **times, "key_id": "k", "sealed": b""})

    with pytest.raises(OperatorFacing, match=r"Nothing was changed; add --yes"):
        await to(address, "0041")

    assert "Would be lost: 1 row of concern\n" in capsys.readouterr().err


async def test_a_step_back_that_would_end_the_look_ups_after_a_restore_names_them(
    current: tuple[str, Database], capsys: pytest.CaptureFixture[str]
) -> None:
    address, database = current
    async with database.writing() as connection:
        await note_restored(connection, made_at=NOW, now=datetime.now(UTC))

    with pytest.raises(OperatorFacing, match=r"Nothing was changed; add --yes"):
        await to(address, "0060")
    assert "that messages are looked up for two days after" in capsys.readouterr().err

    async with database.writing() as connection:
        await note_restored(connection, made_at=NOW, now=datetime.now(UTC) - timedelta(days=3))
    await to(address, "0060")


async def test_nothing_is_taken_from_under_a_running_bot(current: tuple[str, Database]) -> None:
    address, database = current

    async with running_on(address):
        with pytest.raises(OperatorFacing, match=r"running.*stop it"):
            await to(address, AFTER, agreed=True)

    assert await revision_in(database) == NEWEST
    await to(address, AFTER)


@pytest.mark.parametrize("unknown", ["0053", "9999", "head", "", "base", "-1", "🦆"])
async def test_a_schema_that_there_is_not_is_a_sentence(
    sqlite_template: Path, unknown: str
) -> None:
    with pytest.raises(OperatorFacing, match=f"from 0001 to {NEWEST}"):
        await to(f"sqlite:///{sqlite_template}", unknown)


async def test_another_programs_tables_are_left_alone(empty: tuple[str, Database]) -> None:
    address, database = empty
    async with database.writing() as connection:
        await connection.execute(sa.text("CREATE TABLE django_migrations (id int)"))

    for refused in (migrate(address), to(address, "0001"), back_up(address, Path("x"), now=NOW)):
        with pytest.raises(OperatorFacing, match="holds tables of another program"):
            await refused


async def test_a_backup_before_a_migration_goes_back_into_the_schema_it_is_of(
    current: tuple[str, Database], tmp_path: Path
) -> None:
    address, database = current
    file = tmp_path / "before.zip"
    await to(address, AFTER)
    await keep_a_day(database)
    await to(address, BEFORE, agreed=True)

    await to(address, None, backup=file)
    async with database.writing() as connection:
        await connection.execute(metadata.tables["programme"].delete())
    with pytest.raises(OperatorFacing, match=f"migrate --to {BEFORE}"):
        await restore(address, file, now=NOW)
    await to(address, BEFORE)
    await restore(address, file, now=NOW)
    await migrate(address)

    async with database.reading() as connection:
        assert await connection.scalar(sa.select(metadata.tables["programme"].c.id)) == "x"


async def test_a_backup_is_proposed_to_whoever_takes_none(
    current: tuple[str, Database], capsys: pytest.CaptureFixture[str]
) -> None:
    address, _ = current

    await to(address, None)
    assert capsys.readouterr().err == ""  # there was nothing to do
    await to(address, BEFORE)
    await to(address, None)
    assert "migrate --backup FILE` makes a backup first" in capsys.readouterr().err
