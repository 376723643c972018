"""The migrations go up and down with rows in the tables, and make what the stores expect."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.kernel.database import Database, Instant, metadata, open_database
from bot.kernel.errors import OperatorFacing
from runtime.commands.schema import (
    MIGRATIONS,
    OpensVault,
    alembic_config,
    migrate,
    newest_revision,
    require_usable_schema,
)

SCRIPTS = ScriptDirectory(str(MIGRATIONS))
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]


@pytest.fixture
async def empty(empty_database_address: str) -> AsyncIterator[tuple[str, Database]]:
    opened = open_database(empty_database_address)
    yield empty_database_address, opened
    await opened.close()


async def downgrade(address: str, revision: str, *, vault: OpensVault | None = None) -> None:
    config = alembic_config(address)
    config.attributes |= {"vault": vault} if vault else {}
    await asyncio.to_thread(command.downgrade, config, revision)


def some_value(column: sa.Column[Any]) -> object:
    kind = column.type
    if isinstance(kind, Instant):
        return datetime(2026, 9, 2, tzinfo=UTC)
    values: list[tuple[type, object]] = [
        (sa.Boolean, True),
        (sa.Integer, 1),
        (sa.Float, 0.5),
        (sa.Date, date(2026, 9, 2)),
        (sa.Time, time(8)),
        (sa.JSON, []),
        (sa.LargeBinary, b"x"),
    ]
    return next((value for type_, value in values if isinstance(kind, type_)), "x")


async def fill(database: Database) -> int:
    """Put one row into every table that takes made-up values; how many tables did."""
    filled = 0
    for table in metadata.sorted_tables:
        values = {
            column.name: some_value(column)
            for column in table.columns
            if not (column.primary_key and column.autoincrement is True)
        }
        async with database.writing() as connection:
            await connection.execute(table.insert().values(values))
        filled += 1
    return filled


async def tables_of(database: Database) -> set[str]:
    async with database.reading() as connection:
        names = await connection.run_sync(lambda c: sa.inspect(c).get_table_names())
    return set(names) - {"alembic_version"}


def test_the_newest_migration_is_known_by_its_file() -> None:
    assert newest_revision() == SCRIPTS.get_current_head()


async def test_the_migrations_make_what_the_stores_expect(empty: tuple[str, Database]) -> None:
    address, database = empty

    await migrate(address)

    async with database.reading() as connection:
        differences = await connection.run_sync(
            lambda c: compare_metadata(MigrationContext.configure(c), metadata)
        )
    assert differences == []
    await require_usable_schema(database)


async def test_the_migrations_go_down_and_up_again_with_rows_in_every_table(
    empty: tuple[str, Database],
) -> None:
    address, database = empty
    await migrate(address)
    assert await fill(database) == len(metadata.tables)
    async with database.writing() as connection:
        # what is sealed in earnest has tests of its own
        for name in ("checkin", "pairing_wish", "stage_event"):
            await connection.execute(metadata.tables[name].delete())

    await downgrade(address, "base")
    left = await tables_of(database)
    await migrate(address)

    assert left == set()
    assert await tables_of(database) == set(metadata.tables)


@pytest.mark.parametrize("revision", REVISIONS)
async def test_each_migration_can_be_taken_back(empty: tuple[str, Database], revision: str) -> None:
    address, database = empty
    before = SCRIPTS.get_revision(revision).down_revision
    await migrate(address, revision=str(before or "base") if before else revision)
    tables_before = await tables_of(database) if before else set()

    await migrate(address, revision=revision)
    await downgrade(address, str(before or "base"))

    assert await tables_of(database) == tables_before


async def test_a_database_without_its_migrations_is_refused(empty: tuple[str, Database]) -> None:
    _, database = empty

    with pytest.raises(OperatorFacing, match=r"app\.py migrate"):
        await require_usable_schema(database)


async def test_a_database_out_of_reach_is_one_sentence(tmp_path: Path) -> None:
    database = open_database("postgresql://nobody:secret@127.0.0.1:1/none")

    with pytest.raises(OperatorFacing, match="DATABASE_URL") as caught:
        await require_usable_schema(database)

    assert "secret" not in str(caught.value)
    await database.close()


OLDER_THAN_WHAT_BELONGS = {"0006_composition.py", "0019_words_are_sealed.py"}


def test_no_table_is_made_anew_that_rows_of_others_belong_to() -> None:
    """On SQLite Alembic's batches drop the table, and with it what belongs to its rows."""
    parents = {
        key.column.table.name for table in metadata.tables.values() for key in table.foreign_keys
    }
    batches = re.compile(r"batch_alter_table\(\s*\"?(\w+)")
    later = [
        one
        for one in (MIGRATIONS / "versions").glob("*.py")
        if one.name not in OLDER_THAN_WHAT_BELONGS
    ]
    remade = {name for one in later for name in batches.findall(one.read_text())}

    assert remade
    assert remade & parents == set()
