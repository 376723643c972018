"""A SQLite connection that goes to its thread once for each statement.

aiosqlite makes four trips for one statement (make a cursor, execute, fetch, close), and each trip
costs more processor time than SQLite itself. Here a statement and its rows are one.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, cast

import aiosqlite


class Cursor:
    """What SQLAlchemy asks of a cursor: its rows are here as soon as it has executed."""

    arraysize = 1

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> "Cursor":
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> "Cursor":
        """Run one statement and bring its rows."""
        self._keep(await self._connection.in_its_thread(_run, sql, parameters))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> "Cursor":
        """Run one statement for each of many parameters."""
        self._keep(await self._connection.in_its_thread(_run_many, sql, parameters))
        return self

    async def fetchall(self) -> Sequence[Any]:
        """The rows that `execute` brought."""
        return self._rows

    async def close(self) -> None:
        """Nothing is open: the statement was finished in its thread."""

    def _keep(self, found: "_Found") -> None:
        self.description, self.rowcount, self.lastrowid, self._rows = found


_Found = tuple[Any, int, int | None, list[Any]]


class Connection(aiosqlite.Connection):
    """A connection with a thread of its own, as aiosqlite's, and fewer trips to it."""

    is_read_only = False

    async def in_its_thread(self, work: Callable[..., Any], *given: Any) -> Any:
        """What `work` makes of the sqlite3 connection and `given`, there."""
        return await self._execute(work, self._conn, *given)  # type: ignore[no-untyped-call]

    def cursor(self) -> Any:
        return Cursor(self)

    async def begin(self, *, read_only: bool) -> None:
        """Begin a transaction: one that refuses to write, or one that has the write lock.

        Whoever is cancelled meanwhile holds nothing afterwards: the thread goes on, so what it
        begins then is ended behind it, before the connection's next user begins.
        """
        statements = ["BEGIN" if read_only else "BEGIN IMMEDIATE"]
        if read_only is not self.is_read_only:
            statements.insert(0, f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
        self.is_read_only = read_only
        try:
            await self.in_its_thread(_begin, statements)
        except asyncio.CancelledError:
            unheard = asyncio.get_running_loop().create_future()
            self._tx.put_nowait((unheard, partial(_end_what_is_begun, self._conn)))
            raise


async def connect(path: str) -> Connection:
    """Open the SQLite file at `path`; transactions are begun by `Connection.begin` alone."""
    open_it = partial(sqlite3.connect, path, isolation_level=None, check_same_thread=False)
    connection = Connection(open_it, iter_chunk_size=64)
    connection._thread.daemon = True  # an event loop that was killed must not keep the process
    return await cast(Awaitable[Connection], connection)


def _run(connection: sqlite3.Connection, sql: str, parameters: Any) -> _Found:
    cursor = connection.execute(sql, parameters)
    return _finished(cursor)


def _run_many(connection: sqlite3.Connection, sql: str, parameters: Iterable[Any]) -> _Found:
    return _finished(connection.executemany(sql, parameters))


def _finished(cursor: sqlite3.Cursor) -> _Found:
    rows = cursor.fetchall() if cursor.description else []
    found = (cursor.description, cursor.rowcount, cursor.lastrowid, rows)
    cursor.close()
    return found


def _begin(connection: sqlite3.Connection, statements: Sequence[str]) -> None:
    _end_what_is_begun(connection)
    for statement in statements:
        connection.execute(statement)


def _end_what_is_begun(connection: sqlite3.Connection) -> None:
    """A pool that never resets its connections (it costs a trip) may hand one on within one."""
    if connection.in_transaction:
        connection.rollback()
