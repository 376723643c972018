"""A SQLite connection that reads at once, and goes to its thread for what may have to wait.

aiosqlite makes four trips to its thread for one statement (make a cursor, execute, fetch, close),
and each costs more processor time than SQLite itself. With a write-ahead log nobody waits to read:
what only reads is done where it is asked for, and in the thread only when the file is locked all
the same. A statement that writes is one trip with its rows, and the beginning of its transaction
travels with it.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, cast

import aiosqlite
from aiosqlite.core import _STOP_RUNNING_SENTINEL


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
        self._keep(await self._connection.do(_run, sql, parameters))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> "Cursor":
        """Run one statement for each of many parameters."""
        self._keep(await self._connection.do(_run_many, sql, parameters))
        return self

    async def fetchall(self) -> Sequence[Any]:
        """The rows that `execute` brought."""
        return self._rows

    async def close(self) -> None:
        """Nothing is open: the statement was finished as it was run."""

    def _keep(self, found: "_Found") -> None:
        self.description, self.rowcount, self.lastrowid, self._rows = found


class _Waiting:
    """A future as aiosqlite's thread settles it; its loop may be closed by then."""

    def __init__(self, future: "asyncio.Future[Any]") -> None:
        self._future = future

    def get_loop(self) -> "_Waiting":
        return self

    def call_soon_threadsafe(self, settle: Callable[..., None], _: object, found: object) -> None:
        with suppress(RuntimeError):  # nobody waits any more
            self._future.get_loop().call_soon_threadsafe(settle, self._future, found)


_Found = tuple[Any, int, int | None, list[Any]]


class Connection(aiosqlite.Connection):
    """A connection with a thread of its own, as aiosqlite's, and fewer trips to it."""

    busy_timeout_ms = 0
    _is_reading = False
    _is_given_up = False
    _beginning: tuple[str, ...] = ()

    async def do(self, work: Callable[..., Any], *given: Any) -> Any:
        """What `work` makes of the sqlite3 connection and `given`."""
        first, self._beginning = self._beginning, ()
        if self._is_reading:
            try:
                return _after(self._conn, first, work, *given)
            except sqlite3.OperationalError as refused:
                if refused.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
            first = (*first[:-1], self._patience, *first[-1:])
        try:
            return await self._in_thread(partial(_after, self._conn, first, work, *given))
        except asyncio.CancelledError:
            self._is_given_up = True
            raise

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        """What `work` makes in this connection's thread, which goes on when nobody waits for it."""
        future = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((_Waiting(future), work))  # type: ignore[arg-type]
        return await future

    def cursor(self) -> Any:
        return Cursor(self)

    @property
    def _patience(self) -> str:
        return f"PRAGMA busy_timeout={self.busy_timeout_ms}"

    def begin(self, *, read_only: bool) -> None:
        """Begin a transaction with the next statement: one that refuses to write, or one that has
        the write lock."""
        self._is_reading = read_only
        if read_only:
            self._beginning = ("PRAGMA query_only=ON", "PRAGMA busy_timeout=0", "BEGIN")
        else:
            self._beginning = ("PRAGMA query_only=OFF", self._patience, "BEGIN IMMEDIATE")

    async def commit(self) -> None:
        """Keep what the transaction wrote."""
        await self._end(self._conn.commit)

    async def rollback(self) -> None:
        """Undo what the transaction wrote."""
        await self._end(self._conn.rollback)

    async def close(self) -> None:
        """Close the file. What its thread still waits for, and nobody else, is not waited for."""
        if self._is_given_up:
            self._tx.put_nowait((None, self._conn.close))
            self._tx.put_nowait((None, lambda: _STOP_RUNNING_SENTINEL))
            self._running, self._connection = False, None
        else:
            await super().close()

    async def _end(self, end: Callable[[], None]) -> None:
        if self._beginning:  # no statement came
            self._beginning = ()
        elif self._is_reading:
            end()
        else:
            await self._in_thread(end)


async def connect(path: str, *, busy_timeout_ms: int) -> Connection:
    """Open the SQLite file at `path`; transactions are begun by `Connection.begin` alone."""
    open_it = partial(sqlite3.connect, path, isolation_level=None, check_same_thread=False)
    connection = Connection(open_it, iter_chunk_size=64)
    connection.busy_timeout_ms = busy_timeout_ms
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
    if first and connection.in_transaction:  # its last user was cancelled
        connection.rollback()
    for statement in first:
        connection.execute(statement)
    return work(connection, *given)
