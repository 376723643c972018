"""One verb in one transaction."""

from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database

P = ParamSpec("P")
T = TypeVar("T")


async def write(
    database: Database,
    verb: Callable[Concatenate[AsyncConnection, P], Awaitable[T]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Call `verb` with a connection that writes, and commit."""
    async with database.writing() as connection:
        return await verb(connection, *args, **kwargs)
