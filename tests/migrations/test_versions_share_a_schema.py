"""A version runs on every schema that it can use, and migrations leave it to the version before."""

import re
import tomllib

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from typer.testing import CliRunner

from app import app
from bot.kernel.database import Database, open_database
from bot.kernel.errors import OperatorFacing
from bot.kernel.tables import schema_use
from runtime.commands.migrate import take_back
from runtime.commands.schema import (
    MIGRATIONS,
    migrate,
    newest_revision,
    require_usable_schema,
    schema_of,
)
from runtime.version import VERSION
from tests.migrations.test_migrating_by_command import owned
from tests.support.source import ROOT

SHARED_SINCE = "0059"
NEWEST = newest_revision()
SCRIPTS = ScriptDirectory(str(MIGRATIONS))
LATER = [
    script
    for script in SCRIPTS.iterate_revisions("head", SHARED_SINCE)
    if script.revision > SHARED_SINCE
][::-1]


async def pretend(address: str, *, revision: str, oldest_code: str, version: str = "9.9.9") -> None:
    """Let the schema be what a later version made of it."""
    database = open_database(address)
    async with database.writing() as connection:
        await connection.execute(sa.text(f"UPDATE alembic_version SET version_num = '{revision}'"))
        await connection.execute(
            schema_use.update().values(oldest_code=oldest_code, version=version)
        )
    await database.close()


@pytest.fixture
def address(database_address: str) -> str:
    return owned(database_address)


def test_the_project_and_the_program_name_the_same_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["version"] == VERSION
    assert CliRunner().invoke(app, ["--version"]).output == f"Cairn {VERSION}, schema {NEWEST}\n"


async def test_a_newer_schema_is_used_where_it_only_adds(address: str) -> None:
    await pretend(address, revision="9998", oldest_code=NEWEST)
    database = open_database(address)

    state = await require_usable_schema(database)
    again = await migrate(address)

    assert state == again
    assert (state.revision, state.version) == ("9998", "9.9.9")
    await database.close()


async def test_a_schema_that_this_code_cannot_use_is_said_to_be_newer(address: str) -> None:
    await pretend(address, revision="9998", oldest_code="9997")
    database = open_database(address)

    for refused in (require_usable_schema(database), migrate(address)):
        with pytest.raises(OperatorFacing) as caught:
            await refused
        assert re.search(r"newer.* 9\.9\.9 .*\(9998\)", caught.value.reason)
        assert f"migrate --to {NEWEST}" in caught.value.reason
    await database.close()


async def test_another_programs_migrations_are_left_alone(address: str) -> None:
    await pretend(address, revision="ae1027a6acf", oldest_code=NEWEST)

    with pytest.raises(OperatorFacing, match="belongs to another program"):
        await migrate(address)


async def test_the_database_says_which_code_may_run_on_it(address: str) -> None:
    database = open_database(address)
    await take_back(database, address, "0058", agree=bool)
    assert (await schema_of(database)).oldest_code == "9999"

    for script in (SCRIPTS.get_revision(SHARED_SINCE), *LATER):
        await migrate(address, revision=script.revision)
        named = getattr(script.module, "OLDEST_CODE", None)
        state = await schema_of(database)
        assert state.oldest_code == named or (named is None and state.oldest_code < script.revision)
        assert state.version == VERSION

    await take_back(database, address, SHARED_SINCE, agree=bool)
    assert (await schema_of(database)).oldest_code == SHARED_SINCE
    await database.close()


Shape = dict[tuple[str, ...], tuple[str, bool]]
"""By table and column: the type, and whether a row may be written that does not name it."""


def shape(connection: sa.Connection) -> tuple[Shape, set[str]]:
    """Read the columns, and what a row is refused for."""
    columns: Shape = {}
    rules: set[str] = set()
    tables = sa.inspect(connection)
    for table in tables.get_table_names():
        for column in tables.get_columns(table):
            is_free = column["nullable"] or column["default"] is not None
            columns[table, column["name"]] = (str(column["type"]), is_free)
        unique = [index for index in tables.get_indexes(table) if index["unique"]]
        for rule in (
            *tables.get_check_constraints(table),
            *tables.get_foreign_keys(table),
            *tables.get_unique_constraints(table),
            *unique,
        ):
            rules.add(f"{table}: {without_objects(rule)}")
    return columns, rules


def without_objects(rule: object) -> object:
    """Write what was read of a rule so that it is the same when it is read again."""
    if isinstance(rule, dict):
        return {name: without_objects(value) for name, value in rule.items()}
    return str(rule)


def narrowed(before: tuple[Shape, set[str]], after: tuple[Shape, set[str]]) -> set[str]:
    """Name what keeps the version before from reading or writing as it did."""
    (old, old_rules), (new, new_rules) = before, after
    tables = {table for table, _ in old}
    gone = {f"{'.'.join(name)} is another or gone" for name in old if old[name] != new.get(name)}
    needed = {
        f"{table}.{column} must be written"
        for (table, column), (_, is_free) in new.items()
        if table in tables and (table, column) not in old and not is_free
    }
    stricter = {rule for rule in new_rules - old_rules if rule.split(":")[0] in tables}
    return gone | needed | stricter


async def shape_of(database: Database) -> tuple[Shape, set[str]]:
    async with database.reading() as connection:
        return await connection.run_sync(shape)


async def test_migrations_only_add_or_name_the_code_that_they_need(address: str) -> None:
    database = open_database(address)
    await take_back(database, address, SHARED_SINCE, agree=bool)

    for script in LATER:
        before = await shape_of(database)
        await migrate(address, revision=script.revision)
        needed = getattr(script.module, "OLDEST_CODE", None)
        if needed is None:
            assert narrowed(before, await shape_of(database)) == set(), script.path
        else:
            assert SHARED_SINCE < needed <= script.revision, script.path
    await database.close()


CHANGES = {
    "ALTER TABLE seat DROP COLUMN note": False,
    "ALTER TABLE seat RENAME COLUMN note TO remark": False,
    "DROP TABLE seat": False,
    "ALTER TABLE seat RENAME TO chair": False,
    "ALTER TABLE seat ADD COLUMN since TEXT NOT NULL DEFAULT ''": True,
    "ALTER TABLE seat ADD COLUMN since TEXT": True,
    "CREATE TABLE chair (id TEXT NOT NULL UNIQUE)": True,
    "CREATE INDEX ix_seat ON seat (note)": True,
    "CREATE UNIQUE INDEX ix_seat ON seat (note)": False,
    "ALTER TABLE seat ADD COLUMN person TEXT REFERENCES seat (id)": False,
}


@pytest.mark.parametrize(("statement", "only_adds"), CHANGES.items())
def test_what_keeps_an_older_version_from_its_work_is_seen(statement: str, only_adds: bool) -> None:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE seat (id TEXT PRIMARY KEY, note TEXT)")
        before = shape(connection)
        connection.exec_driver_sql(statement)
        assert (narrowed(before, shape(connection)) == set()) is only_adds
    engine.dispose()
