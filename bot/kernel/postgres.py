"""Postgres for async engines: each transaction begins in its scope, in a single trip."""

import time
from functools import cache
from importlib import import_module
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.kernel.scope import SETTING, scope

PING_AFTER_S = 1.0
"""A connection that was used later than this ago is taken without a ping."""
READ_ONLY = " ISOLATION LEVEL REPEATABLE READ READ ONLY"


@cache
def options() -> set[str]:
    """Name what may stand behind the ? of a Postgres address."""
    known = import_module("psycopg.pq").Conninfo.get_defaults()  # SQLite loads none of it
    return {one.keyword.decode() for one in known}


def postgres_engine(url: URL, pool_size: int) -> AsyncEngine:
    """Make an engine whose connections are pinged only when nobody used them for a while."""
    cursor = import_module("bot.kernel.postgres_cursor")  # which SQLite has no use for
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",  # so that `_begin` begins, in one trip with the scope
        connect_args={"cursor_factory": cursor.ScopedCursor},
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
