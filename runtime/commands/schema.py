"""Bring the database's schema up to date, and refuse to run on an old one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from bot.kernel.database import (
    Database,
    database_url,
    open_database,
    throwaway_database,
)
from bot.kernel.errors import OperatorFacing
from bot.kernel.scope import everywhere
from bot.kernel.traces import scrub
from bot.keys.vault import Vault

if TYPE_CHECKING:
    from alembic.config import Config

SEALED_SINCE = {"0019": "checkin", "0026": "stage_event"}
"""These migrations seal words that lay open, and nothing of them is to stay in the files."""
OpensVault = Callable[[], AbstractAsyncContextManager[Vault]]
MIGRATIONS = Path(__file__).parents[2] / "migrations"


def alembic_config(address: str) -> "Config":
    """Make Alembic's configuration for the database at `address`."""
    from alembic.config import Config  # takes longer to load than the bot takes to connect

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["address"] = address
    return config


async def migrate(address: str, *, revision: str = "head", vault: OpensVault | None = None) -> None:
    """Bring the database at `address` to `revision`; `vault` has the keys of what it seals.

    Raises OperatorFacing when it is out of reach, or keys are needed that are not there.
    """
    from alembic import command

    database_url(address)
    config = alembic_config(address)
    if vault is not None:
        config.attributes["vault"] = vault
    database = open_database(address)
    try:
        before = await _revision_of(database)
        await asyncio.to_thread(command.upgrade, config, revision)
        after = await _revision_of(database)
        sealed = [
            table
            for since, table in SEALED_SINCE.items()
            if before and after and before < since <= after
        ]
        if sealed:
            await scrub(database, sealed, how="VACUUM FULL")
    except (OperationalError, InterfaceError, OSError) as failure:
        raise unreachable(failure) from None
    finally:
        await database.close()


@asynccontextmanager
async def current_database(address: str, *, is_throwaway: bool = False) -> AsyncIterator[Database]:
    """Open the database at `address`, and close it at the end.

    Raises OperatorFacing when it does not answer or lacks a migration.
    """
    database = throwaway_database(address) if is_throwaway else open_database(address)
    try:
        await require_current_schema(database)
        yield database
    finally:
        await database.close()


async def require_current_schema(database: Database) -> None:
    """Refuse a database that does not answer or lacks a migration. Raises OperatorFacing."""
    if await _revision_of(database) != newest_revision():
        raise OperatorFacing(
            "The database is not up to date; run `python app.py migrate`", permanent=True
        )


def unreachable(failure: Exception) -> OperatorFacing:
    """Say in a sentence that a database does not answer, without its address or password."""
    return OperatorFacing(
        f"The database cannot be used ({type(failure).__name__}); check DATABASE_URL, and that the "
        "server runs or the file's folder can be written"
    )


def newest_revision() -> str:
    """Name the last migration there is: their files are numbered in the order in which they run."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]


async def _revision_of(database: Database) -> str | None:
    """Find the last migration that was made. Raises OperatorFacing for what does not answer."""
    try:
        with everywhere():
            async with database.reading() as connection:
                return await connection.run_sync(_revision)
    except (DBAPIError, OSError, UnicodeError) as failure:
        raise unreachable(failure) from None


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(
        sa.text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return found
