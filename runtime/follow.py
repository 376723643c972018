"""Runs the bot on the sandbox's clock: it tells the time, the bot says what is next."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import httpx
import structlog

from bot.kernel.clock import SetClock

log = structlog.get_logger("cairn.follow")

POLL_TIMEOUT_S = 40
PAUSE_AFTER_FAILURE_S = 0.5


@dataclass(slots=True)
class Follower:
    """Keeps `clock` on the sandbox's time and works whenever there is something to do.

    `work` does all that is due at `clock.now()` and returns the instant of what is next. `woken`
    is set by whoever has put something in the outbox.
    """

    sandbox_url: str
    clock: SetClock
    work: Callable[[], Awaitable[datetime | None]]
    woken: asyncio.Event
    name: str = "cairn"

    async def run(self, ready: asyncio.Event) -> None:
        """Follow until cancelled; `ready` is set when the clock has been read once."""
        seen, wakes_at = 0, None
        async with httpx.AsyncClient(base_url=self.sandbox_url, timeout=POLL_TIMEOUT_S) as http:
            while True:
                try:
                    answer = await self._ask(http, seen, wakes_at)
                except httpx.HTTPError as failure:
                    log.warning("sandbox_unreachable", failure=type(failure).__name__)
                    await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
                    continue
                if answer is not None:
                    self.clock.set(datetime.fromisoformat(answer["now"]), float(answer["rate"]))
                ready.set()
                self.woken.clear()
                wakes_at = await self.work()
                if answer is not None:
                    seen = int(answer["version"])

    async def _ask(
        self, http: httpx.AsyncClient, seen: int, wakes_at: datetime | None
    ) -> dict[str, str] | None:
        """Wait for the clock to move (its answer) or for work to come in (None)."""
        question = {
            "follower": self.name,
            "seen": seen,
            "wakes_at": wakes_at.isoformat() if wakes_at else None,
        }
        asking = asyncio.ensure_future(http.post("/_sandbox/follow", json=question))
        waking = asyncio.ensure_future(self.woken.wait())
        try:
            await asyncio.wait({asking, waking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waking.cancel()
            if not asking.done():
                asking.cancel()
        if not asking.done() or asking.cancelled():
            return None
        answer: dict[str, str] = asking.result().raise_for_status().json()
        return answer
