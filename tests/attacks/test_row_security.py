"""A query that forgets its workspace: what Postgres lets it see and change, and as which role.

The filters are really taken away, from every statement that the product makes.
"""

import asyncio
import re
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import operators, visitors

from bot.delivery import store as delivery
from bot.errands import store as errands
from bot.kernel.database import Database, metadata, open_database
from bot.kernel.reading import open_to_read
from bot.kernel.row_security import OF_ALL, open_tables
from bot.kernel.scope import OutOfScope, everywhere, narrowed, one_workspace
from bot.people import store as people
from bot.people import use_cases as members
from bot.programme import store as programmes
from bot.pulse import store as rounds
from runtime.doctor.database import rights
from tests.conftest import ELSEWHERE, HERE
from tests.migrations.test_migrations import some_value
from tests.support.postgres import PAGE, SUPERUSER, administer, as_role, superuser_engine
from tests.support.scopes import no_scope

ON_POSTGRES = pytest.mark.parametrize("database_address", ["postgres"], indirect=True)
TABLES = [table for table in metadata.sorted_tables if table.name not in OF_ALL]


async def fill(database: Database) -> None:
    """Put one row into every table, for each of two workspaces."""
    for workspace_id in (HERE, ELSEWHERE):
        with one_workspace(workspace_id):
            rounds_first = sorted(TABLES, key=lambda table: table.name != "pulse_round")
            async with database.writing() as connection:
                for table in rounds_first:
                    await connection.execute(table.insert().values(row_of(table, workspace_id)))


def row_of(table: sa.Table, workspace_id: str) -> dict[str, Any]:
    made = {column.name: some_value(column) for column in table.columns}
    of_it = {name: f"x{workspace_id}" if value == "x" else value for name, value in made.items()}
    return of_it | ({"workspace_id": workspace_id} if "workspace_id" in of_it else {})


def is_of(workspace_id: str, row: sa.Row[Any]) -> bool:
    return any(value in (workspace_id, f"x{workspace_id}") for value in row)


@pytest.fixture
async def filled(database: Database) -> Database:
    await fill(database)
    return database


@ON_POSTGRES
async def test_no_table_shows_another_workspaces_rows_to_a_query_without_a_filter(
    filled: Database, database_address: str
) -> None:
    with one_workspace(ELSEWHERE):
        async with filled.reading() as connection:
            seen = {t.name: (await connection.execute(sa.select(t))).all() for t in TABLES}
    by_superuser = open_database(as_role(database_address, SUPERUSER))
    with one_workspace(ELSEWHERE):
        async with by_superuser.reading() as connection:
            control = {t.name: (await connection.execute(sa.select(t))).all() for t in TABLES}
    await by_superuser.close()

    for name, rows in seen.items():
        assert len(rows) == 1, name
        assert is_of(ELSEWHERE, rows[0]), name
    assert all(len(rows) == 2 for rows in control.values())


@ON_POSTGRES
async def test_nothing_of_another_workspace_is_changed_deleted_or_written(filled: Database) -> None:
    async def everything() -> dict[str, list[str]]:
        async with filled.reading() as connection:
            return {
                t.name: [str(r) for r in await connection.execute(sa.select(t)) if is_of(HERE, r)]
                for t in TABLES
            }

    before = await everything()
    with one_workspace(ELSEWHERE):
        for table in reversed(TABLES):
            async with filled.writing() as connection:
                await connection.execute(sa.delete(table))
            with pytest.raises(ProgrammingError, match="row-level security"):
                async with filled.writing() as connection:
                    await connection.execute(table.insert().values(row_of(table, HERE)))

    assert await everything() == before


@contextmanager
def without_filters(database: Database) -> Iterator[list[str]]:
    """Take `workspace_id = …` out of every statement; gives the statements that had one."""
    taken: list[str] = []

    def leave_out(element: Any, **_kw: Any) -> Any:
        if (
            isinstance(element, sa.BinaryExpression)
            and element.operator is operators.eq
            and getattr(element.left, "name", "") == "workspace_id"
            and isinstance(element.right, sa.BindParameter)
        ):
            return sa.true()
        return None

    def mutate(_c: Any, clause: Any, many: Any, one: Any, _options: Any) -> Any:
        if not isinstance(clause, sa.Select | sa.Update | sa.Delete):
            return clause, many, one
        changed = visitors.replacement_traverse(clause, {}, leave_out)
        if "workspace_id =" in str(clause) and str(changed) != str(clause):
            taken.append(str(clause))
        return changed, many, one

    engine = database.engine.sync_engine
    sa.event.listen(engine, "before_execute", mutate, retval=True)
    try:
        yield taken
    finally:
        sa.event.remove(engine, "before_execute", mutate)


VERBS: list[Callable[[AsyncConnection], Awaitable[Any]]] = [
    lambda c: people.members(c, ELSEWHERE),
    lambda c: programmes.taking_part(c, ELSEWHERE),
    lambda c: delivery.dead_letters(c, ELSEWHERE),
    lambda c: errands.owed(c, ELSEWHERE),
    rounds.under_way,
]


async def _two_workspaces(database: Database) -> None:
    for workspace_id, name in ((HERE, "Alice"), (ELSEWHERE, "Mallory")):
        with one_workspace(workspace_id):
            async with database.writing() as connection:
                await members.become_first_coordinator(
                    connection,
                    workspace_id,
                    slack_user_id=f"U{name}",  # type: ignore[arg-type]
                    name=name,
                    timezone="UTC",
                )


@ON_POSTGRES
async def test_the_products_own_queries_find_nothing_elsewhere_once_their_filters_are_gone(
    database: Database, database_address: str
) -> None:
    await _two_workspaces(database)
    by_superuser = open_database(as_role(database_address, SUPERUSER))
    found: dict[str, list[str]] = {}
    taken: dict[str, list[str]] = {}

    for role, opened in (("run", database), ("superuser", by_superuser)):
        with one_workspace(ELSEWHERE), without_filters(opened) as taken[role]:
            async with opened.reading() as connection:
                for verb in VERBS[1:]:
                    await verb(connection)
                found[role] = sorted(
                    one.name for one in await people.members(connection, ELSEWHERE)
                )
    await by_superuser.close()

    assert len(taken["run"]) >= 3
    assert found == {"run": ["Mallory"], "superuser": ["Alice", "Mallory"]}


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
async def test_on_sqlite_a_query_without_its_filter_finds_every_workspace(
    database: Database,
) -> None:
    """There is no second wall there: what Postgres hides above is really asked for."""
    await _two_workspaces(database)
    with one_workspace(ELSEWHERE), without_filters(database) as taken:
        async with database.reading() as connection:
            found = sorted(one.name for one in await people.members(connection, ELSEWHERE))

    assert len(taken) == 1
    assert found == ["Alice", "Mallory"]


@ON_POSTGRES
async def test_an_update_that_lost_its_filter_stays_in_its_workspace(database: Database) -> None:
    await _two_workspaces(database)
    with one_workspace(ELSEWHERE), without_filters(database):
        async with database.writing() as connection:
            table = metadata.tables["member"]
            await connection.execute(
                sa.update(table).where(table.c.workspace_id == ELSEWHERE).values(name="changed")
            )

    async with database.reading() as connection:
        names = [one.name for one in await people.members(connection, HERE)]
    assert names == ["Alice"]


async def test_no_door_opens_before_it_is_said_whose_rows_are_meant(database: Database) -> None:
    with no_scope():
        for door in (database.reading, database.writing, database.reading_once):
            with pytest.raises(OutOfScope):
                async with door():
                    pass


async def test_nothing_leads_out_of_a_workspace(database: Database) -> None:
    with one_workspace(HERE):
        with pytest.raises(OutOfScope), one_workspace(ELSEWHERE):
            pass
        with pytest.raises(OutOfScope), everywhere():
            pass
        async with database.writing() as connection:
            with pytest.raises(OutOfScope):
                async with narrowed(connection, ELSEWHERE):
                    pass
    for wrong in ("*", "", "T0'; RESET ALL; --", "T0 CAIRN"):
        with pytest.raises(OutOfScope), one_workspace(wrong):
            pass


@ON_POSTGRES
async def test_a_pooled_connection_carries_no_workspace_to_the_next(
    filled: Database, database_address: str
) -> None:
    one_connection = open_database(database_address, pool_size=1)
    table = metadata.tables["member"]

    async def seen(workspace_id: str, door: Any = one_connection.reading_once) -> list[Any]:
        with one_workspace(workspace_id):
            async with door() as connection:
                return list((await connection.execute(sa.select(table))).all())

    with one_workspace(HERE), pytest.raises(ZeroDivisionError):
        async with one_connection.writing() as connection:
            await connection.execute(sa.select(table))
            raise ZeroDivisionError
    for workspace_id in (ELSEWHERE, HERE) * 2:
        for door in (one_connection.reading, one_connection.reading_once):
            [row] = await seen(workspace_id, door)
            assert is_of(workspace_id, row)
        async with one_connection.outside() as connection:
            assert (await connection.execute(sa.select(table))).all() == []
    together = await asyncio.gather(*(seen(one) for one in (HERE, ELSEWHERE) * 20))
    await one_connection.close()

    for [row], workspace_id in zip(together, (HERE, ELSEWHERE) * 20, strict=True):
        assert is_of(workspace_id, row)


@ON_POSTGRES
async def test_a_transaction_for_all_can_be_narrowed_and_widened_again(filled: Database) -> None:
    count = sa.select(sa.func.count()).select_from(metadata.tables["member"])
    counts = []
    async with filled.writing() as connection:
        for workspace_id in (HERE, ELSEWHERE):
            async with narrowed(connection, workspace_id):
                counts.append((await connection.execute(count)).scalar_one())
            counts.append((await connection.execute(count)).scalar_one())

    assert counts == [1, 2, 1, 2]


FORBIDDEN = (
    "CREATE TABLE mine (x int)",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER TABLE member ADD COLUMN x int",
    "ALTER TABLE member DISABLE ROW LEVEL SECURITY",
    "CREATE POLICY all_of_it ON member USING (true)",
    "DROP POLICY of_its_workspace ON member",
    "DROP TABLE member",
    "TRUNCATE member",
    "UPDATE alembic_version SET version_num = '0001'",
    "UPDATE schema_use SET oldest_code = '0001'",
    "SET ROLE cairn_owner",
    "ALTER ROLE cairn_run BYPASSRLS",
    "COPY member TO PROGRAM 'cat'",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT rolpassword FROM pg_authid",
)


@ON_POSTGRES
@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_the_role_that_runs_may_do_nothing_but_read_and_write_rows(
    database: Database, statement: str
) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with database.writing() as connection:
            await connection.execute(sa.text(statement))

    assert type(refused.value.orig).__name__ == "InsufficientPrivilege"


@ON_POSTGRES
async def test_the_owner_is_bound_as_well_and_row_security_cannot_be_turned_off(
    filled: Database, owned: Database
) -> None:
    table = metadata.tables["member"]
    with one_workspace(ELSEWHERE):
        async with owned.reading() as connection:
            assert len((await connection.execute(sa.select(table))).all()) == 1
        with pytest.raises(DBAPIError, match="row-level security"):
            async with owned.reading() as connection:
                await connection.execute(sa.text("SET LOCAL row_security = off"))
                await connection.execute(sa.select(table))


@ON_POSTGRES
async def test_every_table_has_its_policy(database: Database) -> None:
    async with database.reading() as connection:
        assert await connection.run_sync(open_tables) == []


@ON_POSTGRES
async def test_doctor_says_when_postgres_keeps_nobody_apart_or_a_right_is_missing(
    database_address: str,
) -> None:
    async def asked_as(role: str) -> str:
        as_this_role = open_to_read(as_role(database_address, role))
        try:
            with no_scope():
                found = await rights(as_this_role)
        finally:
            await as_this_role.close()
        return " ".join(f"{one.level} {one.sentence}" for one in found)

    for role in ("cairn_run", "cairn_owner"):
        said = await asked_as(role)
        assert "Postgres itself keeps the rows of workspaces apart." in said
        assert "has all rights that Cairn needs" in said
        assert "FIX" not in said
    assert re.search(r"FIX .*superuser.*run-with-postgres", await asked_as(SUPERUSER))

    await administer(
        database_address,
        "REVOKE INSERT, DELETE ON member FROM cairn_run",
        "ALTER TABLE checkin OWNER TO postgres",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON checkin TO cairn_run",
    )
    said = await asked_as("cairn_run")
    assert "FIX The role cairn_run lacks rights on member (delete, insert); as their" in said
    assert "run `python app.py migrate --grant-to cairn_run`" in said
    assert "does not own announcement" in said


@ON_POSTGRES
async def test_pg_dump_copies_everything_in_the_way_that_the_page_prints(
    filled: Database, database_address: str
) -> None:
    printed = 'PGOPTIONS="-c cairn.workspace=*" pg_dump --enable-row-security cairn > cairn.sql'
    assert printed in PAGE.read_text()
    async with superuser_engine(filled).connect() as connection:
        bin_folder = "SELECT setting FROM pg_config WHERE name = 'BINDIR'"
        folder = (await connection.execute(sa.text(bin_folder))).scalar_one()
    dump = [f"{folder}/pg_dump", "--enable-row-security", "--dbname"]

    copied = subprocess.run(  # noqa: ASYNC221
        [*dump, as_role(database_address, "cairn_owner")],
        env={"PGOPTIONS": "-c cairn.workspace=*"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert HERE in copied.stdout
    assert ELSEWHERE in copied.stdout


@ON_POSTGRES
async def test_the_scope_costs_no_trip_to_the_server(database: Database, tmp_path: Path) -> None:
    async def trips(door: Any) -> int:
        async with door() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
        trace = tmp_path / "trace"
        with trace.open("w") as file:
            driver.pgconn.trace(file.fileno())
            async with door() as connection:
                await connection.execute(sa.text("SELECT 1"))
            driver.pgconn.untrace()
        return trace.read_text().count("ReadyForQuery")

    assert await trips(database.reading_once) == 1
    assert await trips(database.reading) == 3  # BEGIN with the scope, the query, COMMIT
