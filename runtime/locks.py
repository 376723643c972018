"""Lock the whole database for a process: while it runs, migrates or puts a backup back.

A lock ends with its process, however that ends: Postgres gives it to a connection, the file system
to an open file beside SQLite's.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from enum import IntEnum

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from bot.kernel.database import database_url, open_database
from bot.kernel.errors import OperatorFacing
from runtime.ending import end_at_once

log = structlog.get_logger("cairn.locks")

CAIRN = 0x43414952
"""Tell our locks from those that other programs take in the same database."""
LOOK_AGAIN_S = 0.5
STILL_THERE_S = 2
NOTICED_WITHIN_S = 5
"""A bot whose lock was lost knows within so long that another process has it."""
FORGET_THE_GONE = "SET tcp_keepalives_idle = 60; SET tcp_keepalives_interval = 15"
"""Postgres finds out within minutes when the machine of a lock's owner is gone."""
RESTORING = "A backup is being put back into this database; start Cairn when that is done"
RESTORED = "A backup was put back into this database while Cairn ran; start Cairn again"
Attempt = Callable[[], Awaitable[bool]]


class Lock(IntEnum):
    """Name what is done with the whole database."""

    RUNNING = 1
    MIGRATING = 2


class LockIsTaken(OperatorFacing):
    """Another process has the lock."""


@asynccontextmanager
async def locked(
    address: str,
    lock: Lock,
    *,
    taken: str,
    shared: bool = False,
    patience_s: float = 0,
    waiting: Callable[[], None] = lambda: None,
) -> AsyncIterator[Attempt]:
    """Have `lock` on the database at `address`; those that are `shared` go together.

    While another process has it, `waiting` is called once, and it is waited for. What is given can
    be called to see whether it is there still. Raises LockIsTaken with the sentence `taken` after
    `patience_s`.
    """
    is_file = database_url(address).get_backend_name() == "sqlite"
    attempts = (_of_file if is_file else _of_server)(address, lock, shared=shared)
    loop = asyncio.get_running_loop()
    deadline, is_told = loop.time() + patience_s, False
    async with attempts as attempt:
        while not await attempt():
            if loop.time() >= deadline:
                raise LockIsTaken(taken)
            if not is_told:
                waiting()
            is_told = True
            await asyncio.sleep(LOOK_AGAIN_S)
        yield attempt


async def _unmarked() -> object:
    """Give every database the same mark."""
    return None


@asynccontextmanager
async def running_on(
    address: str,
    *,
    mark: Callable[[], Awaitable[object]] = _unmarked,
    put_aside: Callable[[], None] = end_at_once,
) -> AsyncIterator[None]:
    """Let others know as long as a bot runs on the database at `address`. Raises LockIsTaken.

    Should the server give the lock up, and another process have it before it is taken again, or
    `mark` say something else by then, a backup was put back: `put_aside` is called, within
    NOTICED_WITHIN_S of a process that runs.
    """
    first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    staying = asyncio.create_task(_stay(address, first, mark, put_aside))
    try:
        await first
        yield
    finally:
        staying.cancel()
        with suppress(asyncio.CancelledError):
            await staying


async def wait_until_noticed(address: str) -> None:
    """Let a bot end whose lock was lost before we took it; a file's lock ends with its process."""
    if database_url(address).get_backend_name() != "sqlite":
        await asyncio.sleep(NOTICED_WITHIN_S)


async def _stay(
    address: str,
    first: "asyncio.Future[None]",
    mark: Callable[[], Awaitable[object]],
    put_aside: Callable[[], None],
) -> None:
    """Have the lock, and take it again after a restart of the server; a loss is logged once."""
    is_lost, marked = False, None
    while True:
        try:
            async with locked(address, Lock.RUNNING, taken=RESTORING, shared=True) as is_there:
                now_marked = await mark()
                if first.done() and now_marked != marked:
                    raise LockIsTaken(RESTORED)
                is_lost, marked = False, now_marked
                if not first.done():
                    first.set_result(None)
                while True:
                    await asyncio.sleep(STILL_THERE_S)
                    async with asyncio.timeout(STILL_THERE_S):
                        await is_there()
        except (OperatorFacing, DBAPIError, OSError) as failure:
            if not first.done():
                first.set_exception(failure)
                return
            if isinstance(failure, LockIsTaken):
                log.error("put_aside", advice=failure.reason)  # noqa: TRY400 - no values
                put_aside()
                return
            if not is_lost:
                log.warning("running_lock_lost", failure=type(failure).__name__)
            is_lost = True
        await asyncio.sleep(LOOK_AGAIN_S)


@asynccontextmanager
async def _of_file(address: str, lock: Lock, *, shared: bool) -> AsyncIterator[Attempt]:
    """Lock a file of its own: closing SQLite's would end the locks that SQLite has on it.

    Whoever deletes that file would let another process have a lock on a new one: the attempt then
    raises OSError, for the lock to be taken there.
    """
    path = _beside(address, lock)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX

    async def attempt() -> bool:
        if not os.path.samestat(os.fstat(descriptor), os.stat(path)):
            raise FileNotFoundError(path)
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            return True
        return False

    try:
        yield attempt
    finally:
        os.close(descriptor)


def _beside(address: str, lock: Lock) -> str:
    """Name the lock's file, by whatever link the database is named."""
    return f"{os.path.realpath(str(database_url(address).database))}.{lock.name.lower()}"


@asynccontextmanager
async def _of_server(address: str, lock: Lock, *, shared: bool) -> AsyncIterator[Attempt]:
    database = open_database(address, pool_size=1)
    function = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
    query = sa.text(f"SELECT {function}({CAIRN}, {int(lock)})")
    try:
        async with database.outside() as connection:
            for setting in FORGET_THE_GONE.split("; "):
                await connection.exec_driver_sql(setting)

            async def attempt() -> bool:
                return bool((await connection.execute(query)).scalar())

            yield attempt
    finally:
        await database.close()
