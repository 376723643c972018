"""Let Alembic reach the database through the same engine as the bot."""

import asyncio
from contextlib import nullcontext

import sqlalchemy as sa
from alembic import context

from bot.kernel.database import all_tables, open_database
from bot.kernel.row_security import secure
from bot.kernel.scope import everywhere
from bot.kernel.tables import THIS, schema_use
from runtime.version import VERSION

ROWS_ARE_SECURED_SINCE = "0020"
"""From this revision on, whatever table a migration adds gets its policy."""
SCHEMA_IS_SHARED_SINCE = "0059"
"""From this revision on, the database says which versions of Cairn may run on it."""
LOCK_TIMEOUT = "5s"
"""A migration that cannot get its lock gives up, instead of holding up everybody behind it."""


def run(connection: sa.Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection, target_metadata=all_tables(), render_as_batch=is_sqlite
    )
    with context.begin_transaction():
        if not is_sqlite:
            connection.execute(sa.text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        context.run_migrations()
        at = context.get_context().get_current_revision() or ""
        if not is_sqlite and at >= ROWS_ARE_SECURED_SINCE:
            secure(connection)
        if at >= SCHEMA_IS_SHARED_SINCE:
            note_use(connection, at)


def note_use(connection: sa.Connection, at: str) -> None:
    """Keep the oldest code that the last migration up to `at` which needs newer code names."""
    scripts = context.script.iterate_revisions(at, "base")
    oldest = max(getattr(script.module, "OLDEST_CODE", "") for script in scripts)
    use = {"id": THIS, "oldest_code": oldest, "version": VERSION}
    connection.execute(schema_use.delete())
    connection.execute(schema_use.insert(), use)


async def connect_and_run() -> None:
    given = context.get_x_argument(as_dictionary=True)
    attributes = context.config.attributes
    database = open_database(attributes.get("address") or given["address"])
    try:
        with everywhere():
            vault = attributes.get("vault", nullcontext)()
            async with vault as attributes["opened_vault"], database.writing() as connection:
                await connection.run_sync(run)
    finally:
        await database.close()


asyncio.run(connect_and_run())
