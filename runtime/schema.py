"""The database's schema: bringing it up to date, and refusing to run on an old one."""

import asyncio
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.kernel.database import Database, database_url
from bot.kernel.errors import OperatorFacing

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def alembic_config(address: str) -> Config:
    """Alembic's configuration for the database at `address`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["address"] = address
    return config


async def migrate(address: str, *, revision: str = "head") -> None:
    """Bring the database at `address` to `revision`.

    Raises OperatorFacing when it is out of reach.
    """
    database_url(address)
    try:
        await asyncio.to_thread(command.upgrade, alembic_config(address), revision)
    except (OperationalError, InterfaceError, OSError) as failure:
        raise unreachable(failure) from None


async def require_current_schema(database: Database) -> None:
    """Raises OperatorFacing unless the database answers and has every migration."""
    try:
        async with database.reading() as connection:
            at = await connection.run_sync(_revision)
    except (OperationalError, InterfaceError, OSError) as failure:
        raise unreachable(failure) from None
    newest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if at != newest:
        raise OperatorFacing(
            "The database is not up to date; run `python app.py migrate`", permanent=True
        )


def unreachable(failure: Exception) -> OperatorFacing:
    """One sentence for a database that does not answer, without its address or password."""
    return OperatorFacing(
        f"The database cannot be used ({type(failure).__name__}); check DATABASE_URL, and that the "
        "server runs or the file's folder can be written"
    )


def _revision(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
