"""The bus on which the world tells its watchers what has just changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "message",
    "view",
    "home",
    "user",
    "channel",
    "workspace",
    "usergroup",
    "clock",
    "call",
    "fault",
    "hints",
    "reset",
]

# A watcher that reads nothing must not hold the world's memory; it loses the oldest changes.
BACKLOG = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that changed; ids that do not apply are None. ``id`` is a ts, view id or name."""

    kind: Kind
    team: str | None = None
    channel: str | None = None
    user: str | None = None
    id: str | None = None


class Changes:
    """Publish without waiting; each subscriber has a queue of its own."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Change | None]] = set()
        self._closed = False

    def publish(
        self,
        kind: Kind,
        *,
        team: str | None = None,
        channel: str | None = None,
        user: str | None = None,
        id: str | None = None,  # noqa: A002 - the change's own id
    ) -> None:
        """Tell every subscriber; costs nothing when there is none."""
        if not self._queues:
            return
        change = Change(kind=kind, team=team, channel=channel, user=user, id=id)
        for queue in self._queues:
            _put(queue, change)

    def close(self) -> None:
        """End every subscription, now and from now on."""
        self._closed = True
        for queue in self._queues:
            _put(queue, None)

    async def subscribe(self) -> AsyncIterator[Change]:
        """Yield every change from now on, until the iterator or the bus is closed."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue(BACKLOG)
        self._queues.add(queue)
        try:
            while not self._closed and (change := await queue.get()) is not None:
                yield change
        finally:
            self._queues.discard(queue)


def _put(queue: asyncio.Queue[Change | None], change: Change | None) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(change)
