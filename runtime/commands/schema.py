"""Bring the database's schema up to date, and refuse to run on one that this code cannot use."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog
import typer
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from bot.kernel.database import (
    Database,
    database_url,
    open_database,
)
from bot.kernel.errors import OperatorFacing
from bot.kernel.reading import throwaway_database
from bot.kernel.refusals import refuse_foreign_tables, refuse_old_server, refused
from bot.kernel.scope import everywhere
from bot.kernel.tables import THIS, schema_use
from bot.kernel.traces import scrub
from bot.keys.vault import Vault
from runtime.locks import Lock, locked
from runtime.version import VERSION

if TYPE_CHECKING:
    from alembic.config import Config

log = structlog.get_logger("cairn.schema")

SEALED_SINCE = {"0019": "checkin", "0026": "stage_event"}
"""These migrations seal words that lay open, and nothing of them is to stay in the files."""
OpensVault = Callable[[], AbstractAsyncContextManager[Vault]]
MIGRATIONS = Path(__file__).parents[2] / "migrations"
OURS = {"alembic_version", "member", "outbox"}
"""Every schema of Cairn's has these tables."""
FOREIGN = (
    "The database belongs to another program: its tables are not Cairn's; name a database of "
    "Cairn's own in DATABASE_URL"
)
NO_SCHEMA = "The database has no tables yet; run `python app.py migrate`"
MIGRATES_UNTIL_S = 600
BUSY_UNTIL_S = 60
LOCK_TIMEOUT_S = 5
"""A migration that cannot get its lock gives up, instead of holding up everybody behind it."""
LOCK_NOT_AVAILABLE = "55P03"
BUSY = (
    "A table that has to change is in use by another connection (a backup, pg_dump, a query that "
    "hangs); what was done stays done: run `python app.py migrate` again when that has ended"
)


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The last migration that was made, the oldest code that can use it, and who made it."""

    revision: str | None = None
    oldest_code: str = "9999"
    version: str = "(a newer version)"


def alembic_config(address: str, *, vault: OpensVault | None = None) -> "Config":
    """Make Alembic's configuration for the database at `address`."""
    from alembic.config import Config  # takes longer to load than the bot takes to connect

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["address"] = address
    if vault is not None:
        config.attributes["vault"] = vault
    return config


async def migrate(
    address: str, *, revision: str = "head", vault: OpensVault | None = None
) -> SchemaState:
    """Bring the database at `address` up to `revision`; `vault` has the keys of what it seals.

    A newer schema that this code can use stays as it is. While another process migrates, it is
    waited for. Returns the schema at the end. Raises OperatorFacing when the database is out of
    reach or another program's, or keys are needed that are not there.
    """
    from alembic import command

    database_url(address)
    config = alembic_config(address, vault=vault)
    database = open_database(address)
    try:
        if not is_older(state := await schema_of(database)):
            return state
        async with alone(address):
            before = (await schema_of(database)).revision
            await by_alembic(lambda: command.upgrade(config, revision))
            state = await schema_of(database)
            await _scrub_what_was_sealed(database, before, state.revision)
        engine = database.engine.dialect.name
        log.info("schema_migrated", version=VERSION, engine=engine, schema=state.revision)
    except (SQLAlchemyError, OSError) as failure:
        raise refused(failure, database.engine.url) from failure
    else:
        return state
    finally:
        await database.close()


async def _scrub_what_was_sealed(database: Database, before: str | None, after: str | None) -> None:
    sealed = [
        table
        for since, table in SEALED_SINCE.items()
        if before and after and before < since <= after
    ]
    if sealed:
        await scrub(database, sealed, how="VACUUM FULL")


def alone(address: str, *, shared: bool = False) -> AbstractAsyncContextManager[object]:
    """Let nobody migrate meanwhile; `shared`, for what only reads. Raises LockIsTaken."""
    return locked(
        address,
        Lock.MIGRATING,
        shared=shared,
        taken=f"Another `migrate` or `backup` has been at work for {MIGRATES_UNTIL_S // 60} "
        "minutes; look at it, and run this one again",
        patience_s=MIGRATES_UNTIL_S,
        waiting=lambda: typer.echo("Waiting for another `migrate` or `backup` to end.", err=True),
    )


async def by_alembic(run: Callable[[], None]) -> None:
    """Call Alembic in a thread, again and again while a table that it needs is locked.

    What it did before stays done. Raises OperatorFacing after BUSY_UNTIL_S.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + BUSY_UNTIL_S
    while True:
        try:
            return await asyncio.to_thread(run)
        except OperationalError as failure:
            if not _is_busy(failure):
                raise
            if loop.time() >= deadline:
                raise OperatorFacing(BUSY) from None
            await asyncio.sleep(1)


def _is_busy(failure: OperationalError) -> bool:
    """Say whether somebody else has a lock that a migration needs, on either engine."""
    if getattr(failure.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
        return True
    return getattr(failure.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def outcome(state: SchemaState) -> str:
    """Say in a sentence how far the schema is."""
    assert state.revision is not None
    if state.revision > newest_revision():
        return (
            f"Nothing to do: Cairn {state.version} made schema {state.revision}, which {VERSION} "
            "can use as well."
        )
    if state.revision < newest_revision():
        return f"The database has schema {state.revision} now, an earlier one than {VERSION} needs."
    return f"The database is up to date: schema {state.revision}, for Cairn {VERSION}."


@asynccontextmanager
async def current_database(
    address: str, *, is_throwaway: bool = False, is_patient: bool = True
) -> AsyncIterator[Database]:
    """Open the database at `address`, and close it at the end.

    Raises OperatorFacing when this code cannot use its schema, and when it refuses, also later in
    the block.
    """
    database = (
        throwaway_database(address)
        if is_throwaway
        else open_database(address, is_patient=is_patient)
    )
    try:
        await require_usable_schema(database)
        yield database
    except SQLAlchemyError as failure:
        raise refused(failure, database.engine.url) from failure
    finally:
        await database.close()


async def require_usable_schema(database: Database) -> SchemaState:
    """Refuse a database that does not answer, or whose schema this code cannot use.

    A newer schema is used where it only adds to what this code knows. Raises OperatorFacing.
    """
    state = await schema_of(database)
    if is_older(state):
        raise OperatorFacing(
            "The database is not up to date; run `python app.py migrate`", permanent=True
        )
    return state


def is_older(state: SchemaState) -> bool:
    """Say whether migrations are missing.

    Raises OperatorFacing for a schema that is not Cairn's, or too new for this code.
    """
    if state.revision is None:
        return True
    if re.fullmatch(r"\d{4}", state.revision) is None:
        raise OperatorFacing(FOREIGN, permanent=True)
    known = newest_revision()
    if known < state.revision and known < state.oldest_code:
        raise OperatorFacing(
            f"The database is newer than this version of Cairn: Cairn {state.version} made its "
            f"schema ({state.revision}), and {VERSION} cannot use it (it knows {known}); "
            f"run {state.version}, or take the schema back with it: `python app.py "
            f"migrate --to {known}`",
            permanent=True,
        )
    return state.revision < known


def newest_revision() -> str:
    """Name the last migration there is: their files are numbered in the order in which they run."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]


async def schema_of(database: Database) -> SchemaState:
    """Find how far the schema is. Raises OperatorFacing for a database that does not answer."""
    try:
        with everywhere():
            async with database.reading() as connection:
                return await connection.run_sync(_schema)
    except (SQLAlchemyError, OSError, UnicodeError) as failure:
        raise refused(failure, database.engine.url) from failure


def _schema(connection: sa.Connection) -> SchemaState:
    refuse_old_server(_postgres_version(connection))
    tables = sa.inspect(connection)
    names = set(tables.get_table_names())
    if not names - {"alembic_version"}:
        return SchemaState()
    if not names >= OURS:
        refuse_foreign_tables(sorted(names))
    versions = sa.text("SELECT version_num FROM alembic_version")
    revision = connection.execute(versions).scalars().first()
    if not tables.has_table(schema_use.name):
        return SchemaState(revision)
    row = connection.execute(sa.select(schema_use).where(schema_use.c.id == THIS)).one_or_none()
    return SchemaState(revision, row.oldest_code, row.version) if row else SchemaState(revision)


def _postgres_version(connection: sa.Connection) -> tuple[int | str, ...] | None:
    is_postgres = connection.dialect.name == "postgresql"
    return connection.dialect.server_version_info if is_postgres else None
