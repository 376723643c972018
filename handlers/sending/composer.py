"""Renders what waits in the outbox, at the moment it is sent."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry
from bot.kernel.errors import OperatorFacing
from bot.kernel.ports import Message
from handlers.edge.services import Services

Compose = Callable[[Services, AsyncConnection, Entry], Awaitable[Message | None]]
"""Reads what the entry refers to and gives the message, or None when it is no longer wanted."""


@dataclass(frozen=True, slots=True)
class SlackComposer:
    """Finds the renderer of an entry's kind."""

    services: Services
    by_kind: Mapping[str, Compose]

    async def compose(self, entry: Entry) -> Message | None:
        """The message as it is now. Raises OperatorFacing for a kind that nobody renders."""
        compose = self.by_kind.get(entry.kind)
        if compose is None:
            raise OperatorFacing(f"no message is written for {entry.kind}", permanent=True)
        async with self.services.database.reading() as connection:
            return await compose(self.services, connection, entry)
