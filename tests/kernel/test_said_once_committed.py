"""What is to be said of a transaction is said once it is committed, and else never."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.commits import once_committed, undone_alone
from bot.kernel.database import Database
from bot.kernel.postgres import taking_long


async def test_it_is_said_after_the_commit_in_order(database: Database) -> None:
    said: list[str] = []

    async with database.writing() as connection:
        once_committed(connection, lambda: said.append("one"))
        once_committed(connection, lambda: said.append("two"))
        assert said == []

    assert said == ["one", "two"]


async def test_what_is_rolled_back_is_not_said_now_or_later(database: Database) -> None:
    said: list[str] = []

    with pytest.raises(ZeroDivisionError):
        async with database.writing() as connection:
            once_committed(connection, lambda: said.append("undone"))
            raise ZeroDivisionError
    async with database.writing() as connection:
        once_committed(connection, lambda: said.append("done"))

    assert said == ["done"]


async def test_a_share_that_fails_is_not_said_and_the_rest_is(database: Database) -> None:
    said: list[str] = []

    async with database.writing() as connection:
        once_committed(connection, lambda: said.append("before"))
        with pytest.raises(ZeroDivisionError):
            async with undone_alone(connection):
                once_committed(connection, lambda: said.append("undone"))
                raise ZeroDivisionError
        async with undone_alone(connection):
            once_committed(connection, lambda: said.append("after"))

    assert said == ["before", "after"]


@asynccontextmanager
async def nested(database: Database) -> AsyncIterator[AsyncConnection]:
    async with database.writing() as connection, undone_alone(connection):
        yield connection


@asynccontextmanager
async def long(database: Database) -> AsyncIterator[AsyncConnection]:
    async with database.outside() as connection:
        if database.is_sqlite:
            yield connection
            return
        async with taking_long(connection):
            yield connection


@pytest.mark.parametrize("door", [Database.writing, Database.reading, nested, long])
async def test_a_task_that_is_cancelled_at_a_statement_ends_as_cancelled(
    database: Database, door: Callable[[Database], AbstractAsyncContextManager[AsyncConnection]]
) -> None:
    """Whatever loop it is in must not take that for a database that is away, and go on."""
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999999) "
    under_way = asyncio.Event()

    async def works() -> None:
        async with door(database) as connection:
            under_way.set()
            await connection.execute(sa.text(rows + "SELECT max(i) FROM n"))

    task = asyncio.create_task(works())
    await under_way.wait()
    await asyncio.sleep(0.1)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
