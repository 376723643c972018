"""Bring the database's schema up to date, and refuse to run on one that this code cannot use."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from bot.kernel.database import (
    Database,
    database_url,
    open_database,
    throwaway_database,
)
from bot.kernel.errors import OperatorFacing
from bot.kernel.refusals import refuse_foreign_tables, refuse_old_server, refused
from bot.kernel.scope import everywhere
from bot.kernel.tables import THIS, schema_use
from bot.kernel.traces import scrub
from bot.keys.vault import Vault
from runtime.version import VERSION

if TYPE_CHECKING:
    from alembic.config import Config

SEALED_SINCE = {"0019": "checkin", "0026": "stage_event"}
"""These migrations seal words that lay open, and nothing of them is to stay in the files."""
OpensVault = Callable[[], AbstractAsyncContextManager[Vault]]
MIGRATIONS = Path(__file__).parents[2] / "migrations"
FOREIGN = (
    "The database belongs to another program: its migrations are not Cairn's; name a database of "
    "Cairn's own in DATABASE_URL"
)


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The last migration that was made, the oldest code that can use it, and who made it."""

    revision: str | None = None
    oldest_code: str = "9999"
    version: str = "(a newer version)"


def alembic_config(address: str) -> "Config":
    """Make Alembic's configuration for the database at `address`."""
    from alembic.config import Config  # takes longer to load than the bot takes to connect

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["address"] = address
    return config


async def migrate(
    address: str, *, revision: str = "head", vault: OpensVault | None = None
) -> SchemaState:
    """Bring the database at `address` to `revision`; `vault` has the keys of what it seals.

    A newer schema that this code can use stays as it is. Returns the schema at the end.
    Raises OperatorFacing when it is out of reach, or keys are needed that are not there.
    """
    from alembic import command

    database_url(address)
    config = alembic_config(address)
    if vault is not None:
        config.attributes["vault"] = vault
    database = open_database(address)
    try:
        if not is_older(state := await schema_of(database)):
            return state
        before = state.revision
        await asyncio.to_thread(command.upgrade, config, revision)
        state = await schema_of(database)
        after = state.revision
        sealed = [
            table
            for since, table in SEALED_SINCE.items()
            if before and after and before < since <= after
        ]
        if sealed:
            await scrub(database, sealed, how="VACUUM FULL")
    except (SQLAlchemyError, OSError) as failure:
        raise refused(failure, database.engine.url) from failure
    else:
        return state
    finally:
        await database.close()


def outcome(state: SchemaState) -> str:
    """Say in a sentence how far the schema is."""
    assert state.revision is not None
    if state.revision > newest_revision():
        return (
            f"Nothing to do: Cairn {state.version} made schema {state.revision}, which {VERSION} "
            "can use as well."
        )
    return f"The database is up to date: schema {state.revision}, for Cairn {VERSION}."


@asynccontextmanager
async def current_database(
    address: str,
    *,
    is_throwaway: bool = False,
    is_patient: bool = True,
    copied: bool = False,
) -> AsyncIterator[Database]:
    """Open the database at `address`, and close it at the end.

    Raises OperatorFacing when this code cannot use its schema, and when it refuses, also later in
    the block; with `copied`, for what is about every column, also for a schema with some that this
    code lacks.
    """
    database = (
        throwaway_database(address)
        if is_throwaway
        else open_database(address, is_patient=is_patient)
    )
    try:
        schema = await require_usable_schema(database)
        if copied and schema.revision != newest_revision():
            raise OperatorFacing(
                f"The database was made for Cairn {schema.version}, and this is {VERSION}, which "
                f"does not know all that is in it; do this with {schema.version}",
                permanent=True,
            )
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
    if not tables.has_table("alembic_version"):
        refuse_foreign_tables(tables.get_table_names())
        return SchemaState()
    versions = sa.text("SELECT version_num FROM alembic_version")
    revision = connection.execute(versions).scalars().first()
    if not tables.has_table(schema_use.name):
        return SchemaState(revision)
    row = connection.execute(sa.select(schema_use).where(schema_use.c.id == THIS)).one_or_none()
    return SchemaState(revision, row.oldest_code, row.version) if row else SchemaState(revision)


def _postgres_version(connection: sa.Connection) -> tuple[int | str, ...] | None:
    is_postgres = connection.dialect.name == "postgresql"
    return connection.dialect.server_version_info if is_postgres else None
