"""Clear what deleted rows left behind in the files of a database."""

import asyncio
from collections.abc import Iterable
from typing import cast

import sqlalchemy as sa

from bot.kernel.database import Database
from bot.kernel.postgres import taking_long
from bot.kernel.row_security import CLEARED
from bot.kernel.sqlite import SQLITE_BUSY_TIMEOUT_MS, SQLITE_TURN_MS, SqliteConnection

TRIES, PAUSE_S = 5, 0.1
_CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)"


async def scrub(database: Database, tables: Iterable[str], *, how: str = "VACUUM") -> bool:
    """Empty SQLite's write-ahead log, or clear the dead rows of those of Postgres' `tables` that
    hold what is sealed.

    SQLite overwrites what is deleted (secure_delete), so that it is in no file after that. False
    while a reader of another transaction holds the log: writers wait meanwhile, so each try lasts
    for a writer's turn at most.
    """
    async with database.outside() as connection:
        if not database.is_sqlite:
            async with taking_long(connection):
                for table in sorted(set(CLEARED) & set(tables)):
                    await connection.execute(sa.text(f"{how} {table}"))
            return True
        raw = await connection.get_raw_connection()
        driver = cast(SqliteConnection, raw.driver_connection)
        for _ in range(TRIES):
            if await driver.there(_checkpoint, driver):
                return True
            await asyncio.sleep(PAUSE_S)
        return False


def _checkpoint(driver: SqliteConnection) -> bool:
    run = driver.driver.execute
    run(f"PRAGMA busy_timeout={SQLITE_TURN_MS}")
    try:
        is_busy, *_ = run(_CHECKPOINT).fetchone()
    finally:
        run(f"PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT_MS}")
    return not is_busy
