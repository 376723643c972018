"""A SQLite connection that goes to its thread once for each statement.

aiosqlite makes four trips for one statement (make a cursor, execute, fetch, close), and each trip
costs more processor time than SQLite itself. Here a statement and its rows are one, the beginning
of a transaction travels with its first statement, and nobody waits for the end of one that only
read.
"""

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

    _is_reading = False
    _beginning: tuple[str, ...] = ()

    async def in_its_thread(self, work: Callable[..., Any], *given: Any) -> Any:
        """What `work` makes of the sqlite3 connection and `given`, there."""
        first, self._beginning = self._beginning, ()
        if first:
            return await self._execute(_after, self._conn, first, work, *given)  # type: ignore[no-untyped-call]
        return await self._execute(work, self._conn, *given)  # type: ignore[no-untyped-call]

    def cursor(self) -> Any:
        return Cursor(self)

    def begin(self, *, read_only: bool) -> None:
        """Begin a transaction with the next statement: one that refuses to write, or one that has
        the write lock."""
        if read_only:
            self._beginning = ("PRAGMA query_only=ON", "BEGIN")
        else:
            self._beginning = ("PRAGMA query_only=OFF", "BEGIN IMMEDIATE")
        self._is_reading = read_only

    async def commit(self) -> None:
        """Keep what the transaction wrote."""
        await self._end(self._conn.commit)

    async def rollback(self) -> None:
        """Undo what the transaction wrote."""
        await self._end(self._conn.rollback)

    async def _end(self, end: Callable[[], None]) -> None:
        if self._beginning:  # no statement came
            self._beginning = ()
        elif self._is_reading:
            self._tx.put_nowait((None, end))
        else:
            await self._execute(end)  # type: ignore[no-untyped-call]


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


def _after(
    connection: sqlite3.Connection, first: Sequence[str], work: Callable[..., Any], *given: Any
) -> Any:
    if connection.in_transaction:  # its last user was cancelled
        connection.rollback()
    for statement in first:
        connection.execute(statement)
    return work(connection, *given)
