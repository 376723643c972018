"""Postgres for async engines: each transaction begins in its scope, in a single trip.

Nothing waits for ever: a connection has its time to open, a statement and a pause within a
transaction have theirs at the server, and a network that swallows packets is noticed. What stands
behind the ? of the address goes before what stands here.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from importlib import import_module
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.kernel.scope import SETTING, scope

PING_AFTER_S = 1.0
"""A connection that was used later than this ago is taken without a ping."""
POOL_WAIT_S = 10.0
"""A connection of the pool is waited for as long as that."""
STATEMENT_S, LONG_STATEMENT_S = 30, 3600
"""The time of one statement: while people wait, and for a command, a migration or VACUUM."""
PAUSE_S, LONG_PAUSE_S = 60, 1800
"""The time in which nothing happens within a transaction, whose locks others may wait for."""
CONNECTING = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""In seconds, the last in milliseconds: postgresql.org/docs/current/libpq-connect.html."""
READ_ONLY = " ISOLATION LEVEL REPEATABLE READ READ ONLY"


@cache
def options() -> set[str]:
    """Name what may stand behind the ? of a Postgres address."""
    known = import_module("psycopg.pq").Conninfo.get_defaults()  # SQLite loads none of it
    return {one.keyword.decode() for one in known}


def _limits(url: URL, is_patient: bool) -> dict[str, object]:
    statement_s, pause_s = (
        (LONG_STATEMENT_S, LONG_PAUSE_S) if is_patient else (STATEMENT_S, PAUSE_S)
    )
    settings = (
        f"-c statement_timeout={statement_s}s "
        f"-c idle_in_transaction_session_timeout={pause_s}s {url.query.get('options', '')}"
    )
    chosen = {name: value for name, value in CONNECTING.items() if name not in url.query}
    return {**chosen, "options": settings.strip()}


@asynccontextmanager
async def taking_long(connection: AsyncConnection) -> AsyncIterator[None]:
    """Let statements on this connection take LONG_STATEMENT_S until the end of the block."""
    await connection.exec_driver_sql(f"SET statement_timeout TO '{LONG_STATEMENT_S}s'")
    try:
        yield
    finally:
        with suppress(SQLAlchemyError):  # where it was given up there is nothing to take back
            await connection.exec_driver_sql("RESET statement_timeout")


def postgres_engine(url: URL, pool_size: int, *, is_patient: bool) -> AsyncEngine:
    """Make an engine whose connections are pinged only when nobody used them for a while.

    A statement of one that `is_patient` may take LONG_STATEMENT_S.
    """
    cursor = import_module("bot.kernel.postgres_cursor")  # which SQLite has no use for
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        isolation_level="AUTOCOMMIT",  # so that `_begin` begins, in one trip with the scope
        connect_args={"cursor_factory": cursor.ScopedCursor, **_limits(url, is_patient)},
    )

    @sa.event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        door = connection.get_execution_options().get("cairn_door")
        adapted: Any = connection.connection.dbapi_connection
        each = scope() if door == "_once" else None
        setattr(adapted.driver_connection, cursor.SCOPE_OF_EACH, each)
        if door in {"_once", "_outside"}:
            return
        how = READ_ONLY if door == "_reader" else ""
        script = f"BEGIN{how}; SET LOCAL {SETTING} TO '{scope()}'"
        try:
            adapted.run_async(lambda driver: driver.execute(script, prepare=False))
        except adapted.dbapi.Error:
            connection.exec_driver_sql("BEGIN")  # fails as any statement does

    @sa.event.listens_for(engine.sync_engine, "checkin")
    def _note(_connection: object, record: sa.pool.ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()

    @sa.event.listens_for(engine.sync_engine, "checkout")
    def _ping(driver: Any, record: sa.pool.ConnectionPoolEntry, _proxy: object) -> None:
        """Ping a connection that nobody used for a while; a server takes longer to restart."""
        if time.monotonic() - record.info.get("used_at", time.monotonic()) > PING_AFTER_S:
            try:
                engine.dialect.do_ping(driver)
            except driver.dbapi.Error as gone:
                raise DisconnectionError from gone

    return engine
