"""Which listeners are still at work, so that nobody takes the database away under them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class InFlight:
    """Counts listeners from before their ack until their end."""

    count: int = 0
    _none: asyncio.Event = field(default_factory=asyncio.Event)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around one listener."""
        self.count += 1
        self._none.clear()
        try:
            yield
        finally:
            self.count -= 1
            if not self.count:
                self._none.set()

    async def none(self) -> None:
        """Wait until no listener is at work."""
        if self.count:
            await self._none.wait()
