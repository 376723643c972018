"""What is done about something that has fallen due, and in whose transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.schedule.model import Due

AfterCommit = Callable[[], Awaitable[object]]
Light = Callable[[AsyncConnection, Due, datetime], Awaitable[AfterCommit | None]]
"""What to do when something falls due, inside the claim's transaction, which many of them share.

It may return what must wait until that has committed (destroying keys, emptying a log).
"""


@dataclass(frozen=True, slots=True)
class Heavy:
    """A duty about many members at once: as a light one, in a transaction of its own."""

    do: Light

    async def __call__(
        self, connection: AsyncConnection, due: Due, now: datetime
    ) -> AfterCommit | None:
        return await self.do(connection, due, now)


@dataclass(frozen=True, slots=True)
class Outside:
    """A duty that takes long (a solver, keys elsewhere) and so begins in no transaction.

    It opens its own as it needs them. Until it has been done it falls due again every few minutes,
    so doing it twice must change nothing.
    """

    do: Callable[[Due, datetime], Awaitable[None]]


Duty = Light | Heavy | Outside
"""What a kind of schedule is registered with: light unless it says otherwise."""
