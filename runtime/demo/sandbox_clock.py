"""Runs the bot on the sandbox's clock: it tells the time, the bot says what is next."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
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
    is set when something was put in the outbox.
    """

    sandbox_url: str
    clock: SetClock
    work: Callable[[], Awaitable[datetime | None]]
    woken: asyncio.Event
    name: str = "cairn"

    async def run(self, ready: asyncio.Event) -> None:
        """Follow until cancelled; `ready` is set when the clock has been read once."""
        seen, wakes_at = 0, None
        open_questions: set[asyncio.Task[dict[str, str] | None]] = set()
        async with (
            httpx.AsyncClient(base_url=self.sandbox_url, timeout=POLL_TIMEOUT_S) as http,
            _cancelled_at_the_end(open_questions),
        ):
            while True:
                self.woken.clear()
                asking = asyncio.create_task(self._ask(http, seen, wakes_at))
                open_questions.add(asking)
                asking.add_done_callback(open_questions.discard)
                waking = asyncio.create_task(self.woken.wait())
                await asyncio.wait({asking, waking}, return_when=asyncio.FIRST_COMPLETED)
                waking.cancel()
                if asking.done() and (answer := asking.result()) is not None:
                    seen = int(answer["version"])
                    self.clock.set(datetime.fromisoformat(answer["now"]), float(answer["rate"]))
                    ready.set()
                # A question that is left open ends by itself as soon as the next is asked.
                wakes_at = await self.work()

    async def _ask(
        self, http: httpx.AsyncClient, seen: int, wakes_at: datetime | None
    ) -> dict[str, str] | None:
        """Wait for the clock to move. None after a pause when the sandbox cannot be reached."""
        question = {
            "follower": self.name,
            "seen": seen,
            "wakes_at": wakes_at.isoformat() if wakes_at else None,
        }
        try:
            response = await http.post("/_sandbox/follow", json=question)
            answer: dict[str, str] = response.raise_for_status().json()
        except httpx.HTTPError as failure:
            log.warning("sandbox_unreachable", failure=type(failure).__name__)
            await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
            return None
        return answer


@asynccontextmanager
async def _cancelled_at_the_end(
    tasks: set[asyncio.Task[dict[str, str] | None]],
) -> AsyncIterator[None]:
    try:
        yield
    finally:
        left = list(tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
