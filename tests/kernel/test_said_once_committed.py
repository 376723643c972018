"""What is to be said of a transaction is said once it is committed, and else never."""

import pytest

from bot.kernel.commits import once_committed, undone_alone
from bot.kernel.database import Database


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
