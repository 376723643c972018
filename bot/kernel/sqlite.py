"""SQLite for async engines: Python's own driver, with a thread for each connection.

A trip to the thread costs more than most statements, so each statement makes one and brings all
its rows along. A connection without a thread keeps its loop waiting for each statement: for a
process that has nothing else to do.
"""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.util import await_

T = TypeVar("T")

SQLITE_BUSY_TIMEOUT_MS = 10_000
SQLITE_TURN_MS = 100
BEGIN_WRITING = f"PRAGMA query_only=OFF; PRAGMA busy_timeout={SQLITE_TURN_MS}; BEGIN IMMEDIATE"
STATEMENTS_PREPARED = 600
"""More than Cairn has; of 128 those that come again were prepared again."""


def from_json(text: str) -> object:
    """Read JSON; most of what is kept so is an empty list."""
    return [] if text == "[]" else json.loads(text)


class SqliteConnection:
    """A connection in autocommit mode, whose statements run one after the other in its thread."""

    driver: sqlite3.Connection
    _latest: "Future[Any] | None" = None

    def __init__(self, *, is_inline: bool = False) -> None:
        self._thread = None if is_inline else ThreadPoolExecutor(1, "sqlite")

    def there(self, work: Callable[..., T], *args: object) -> Awaitable[T]:
        """Call `work` with `args` in the thread; at once and here, where there is none."""
        if self._thread is None:
            return _called(work, *args)
        self._latest = self._thread.submit(work, *args)
        return asyncio.wrap_future(self._latest)

    async def open(self, path: str, script: str, *, only_reads: bool = False) -> "SqliteConnection":
        def opened() -> sqlite3.Connection:
            driver = sqlite3.connect(
                address_to_read(path) if only_reads else path,
                uri=only_reads,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=STATEMENTS_PREPARED,
            )
            driver.executescript(script)
            return driver

        self.driver = await self.there(opened)
        return self

    async def script(self, text: str) -> None:
        await self.there(self.driver.executescript, text)

    def cursor(self) -> "SqliteCursor":
        return SqliteCursor(self)

    async def commit(self) -> None:
        await self.there(self.driver.commit)

    async def rollback(self) -> None:
        is_at_work = self._latest is not None and not self._latest.done()
        if is_at_work or self.driver.in_transaction:  # a BEGIN given up may succeed
            await self.there(self.driver.rollback)

    async def close(self) -> None:
        await self.there(self.driver.close)
        if self._thread is not None:
            self._thread.shutdown(wait=False)

    def terminate(self) -> None:
        """Break off the statement at work and close, without waiting for it."""
        with suppress(sqlite3.ProgrammingError):  # it is closed already
            self.driver.interrupt()
        if self._thread is None:
            self.driver.close()
            return
        self._thread.submit(self.driver.close)
        self._thread.shutdown(wait=False)


def address_to_read(path: str) -> str:
    """Name a file so that looking at it neither changes nor makes a file, not even one beside it.

    Where nobody has it open there is no log beside it, and SQLite would make one.
    """
    how = "mode=ro" if Path(f"{path}-wal").exists() else "immutable=1"
    return f"file:{quote(path)}?{how}"


async def _called(work: Callable[..., T], *args: object) -> T:
    return work(*args)


async def begin_writing(driver: SqliteConnection) -> bool:
    """Take the write lock; False if that is not possible.

    Waits in short turns: whoever gives a writer up waits for the end of its turn.
    """
    for _ in range(SQLITE_BUSY_TIMEOUT_MS // SQLITE_TURN_MS):
        try:
            await driver.script(BEGIN_WRITING)
        except sqlite3.OperationalError as refused:
            if refused.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return False
        else:
            return True
    return False


class SqliteCursor:
    """One statement, whose rows are all there once it has run."""

    description, rowcount, lastrowid, arraysize = None, -1, None, 1

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> "SqliteCursor":
        return self

    async def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        await self._run(sqlite3.Cursor.execute, sql, values)

    async def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        await self._run(sqlite3.Cursor.executemany, sql, rows)

    async def _run(self, method: Callable[..., Any], *args: object) -> None:
        cursor = self._connection.driver.cursor()
        self._rows = await self._connection.there(lambda: method(cursor, *args).fetchall())
        self.description, self.rowcount = cursor.description, cursor.rowcount
        self.lastrowid = cursor.lastrowid

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        self._rows = []


class AdaptedSqlite(AsyncAdapt_dbapi_connection):
    """A SqliteConnection as SQLAlchemy takes it."""

    def terminate(self) -> None:
        self.driver_connection.terminate()


class ThreadedSqlite(pysqlite.dialect):
    """`sqlite+threaded://`: pysqlite's dialect over SqliteConnection."""

    driver = "threaded"
    is_async = True
    has_terminate = True
    supports_statement_cache = True

    def connect(
        self,
        path: str,
        *,
        set_up: str,
        is_inline: bool = False,
        only_reads: bool = False,
        **_options: object,
    ) -> Any:
        opening = SqliteConnection(is_inline=is_inline)
        connection: Any = await_(opening.open(path, set_up, only_reads=only_reads))
        return AdaptedSqlite(self.dbapi, connection)

    def get_driver_connection(self, connection: Any) -> Any:
        return connection.driver_connection

    def on_connect(self) -> Any:
        """Leave out the functions regexp and floor: no statement here uses them."""

    def do_terminate(self, dbapi_connection: Any) -> None:
        dbapi_connection.terminate()


registry.register("sqlite.threaded", __name__, "ThreadedSqlite")
