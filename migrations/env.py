"""Let Alembic reach the database through the same engine as the bot."""

import asyncio
from collections.abc import Collection
from contextlib import nullcontext

import sqlalchemy as sa
from alembic import context
from alembic.runtime.migration import MigrationContext

from bot.kernel.database import all_tables, open_database
from bot.kernel.row_security import secure
from bot.kernel.scope import everywhere
from bot.kernel.tables import THIS, schema_use
from runtime.commands.schema import LOCK_TIMEOUT_S
from runtime.version import VERSION

ROWS_ARE_SECURED_SINCE = "0020"
"""From this revision on, whatever table a migration adds gets its policy."""
SCHEMA_IS_SHARED_SINCE = "0059"
"""From this revision on, the database says which versions of Cairn may run on it."""


def run(connection: sa.Connection) -> None:
    """Make each migration in a transaction of its own: what is interrupted goes on from there.

    On trial, all are in one that is rolled back, after a look at what came of it.
    """
    look = context.config.attributes.get("on_trial")
    if not (is_sqlite := connection.dialect.name == "sqlite"):
        connection.execute(sa.text(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'"))
        connection.commit()
    with connection.begin() if look else nullcontext() as trial:
        context.configure(
            connection=connection,
            target_metadata=all_tables(),
            render_as_batch=is_sqlite,
            transactional_ddl=True,
            transaction_per_migration=True,
            on_version_apply=finish_step,
        )
        with context.begin_transaction():
            context.run_migrations()
        if look and trial:
            look(connection)
            trial.rollback()


def finish_step(
    ctx: MigrationContext, step: object, heads: Collection[str], run_args: object
) -> None:
    """Secure what a migration added, and say which versions of Cairn can use what it left."""
    connection, at = ctx.connection, max(heads, default="")
    assert connection is not None
    if connection.dialect.name != "sqlite" and at >= ROWS_ARE_SECURED_SINCE:
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
            async with vault as attributes["opened_vault"], database.engine.connect() as connection:
                await connection.run_sync(run)
    finally:
        await database.close()


asyncio.run(connect_and_run())
