"""One virtual clock for the whole workspace, and the timers that go by it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from slack_sandbox.problems import Problem

Job = Callable[[], Awaitable[None]]

FASTEST_RATE = 100_000.0


class Clock:
    """Virtual time: ``rate`` virtual seconds pass in each real one (0 is paused).

    ``version`` grows whenever the clock jumps or changes its rate, so that those who run on
    it can tell that there may be something to do. All instants are aware UTC, or seconds of
    the Unix epoch.
    """

    def __init__(self, *, start: datetime | None = None, rate: float = 1.0) -> None:
        self._base_s = start.timestamp() if start else time.time()
        self._real_base_s = time.monotonic()
        self.rate = rate
        self.version = 1
        self._timers: list[tuple[float, int, Job]] = []
        self._order = itertools.count()
        self._changed: asyncio.Event = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._running: set[asyncio.Future[Any]] = set()
        self.listeners: list[Callable[[], None]] = []

    def time(self) -> float:
        """Return the virtual time in seconds of the Unix epoch."""
        if not self.rate:
            return self._base_s
        return self._base_s + (time.monotonic() - self._real_base_s) * self.rate

    def now(self) -> datetime:
        """Return the virtual time as an aware UTC datetime."""
        return datetime.fromtimestamp(self.time(), UTC)

    def micros(self) -> int:
        """Return the virtual time in whole microseconds of the Unix epoch."""
        return int(self.time() * 1_000_000)

    def jump(self, to_s: float) -> None:
        """Set the clock to ``to_s``, seconds of the Unix epoch; it may go backwards."""
        self._rebase(to_s)
        self._turned()

    def set_rate(self, rate: float) -> None:
        """Run at ``rate`` from now on; Problem when it is not between 0 and 100,000."""
        if not math.isfinite(rate) or rate < 0 or rate > FASTEST_RATE:
            raise Problem("rate", "A rate is a number from 0 (paused) to 100000.")
        self._rebase(self.time())
        self.rate = rate
        self._turned()

    def call_at(self, when_s: float, job: Job) -> None:
        """Run ``job`` once the clock has reached ``when_s``."""
        heapq.heappush(self._timers, (when_s, next(self._order), job))
        self._changed.set()

    def call_later(self, delay_s: float, job: Job) -> None:
        """Run ``job`` after ``delay_s`` virtual seconds."""
        self.call_at(self.time() + delay_s, job)

    def spawn(self, work: Coroutine[Any, Any, object]) -> None:
        """Run ``work`` in the background; a move of the clock waits for it."""
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def sleep(self, delay_s: float) -> None:
        """Wait for ``delay_s`` virtual seconds."""
        done = asyncio.Event()

        async def wake() -> None:
            done.set()

        self.call_later(delay_s, wake)
        await done.wait()

    def next_timer_s(self) -> float | None:
        """Return when the next timer is due, or None."""
        return self._timers[0][0] if self._timers else None

    def start(self) -> None:
        """Begin to run timers, in the running event loop."""
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._run_timers())

    async def stop(self) -> None:
        """Stop the timers and what they started."""
        tasks = [task for task in (self._pump, *self._running) if task]
        self._pump = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def clear(self) -> None:
        """Forget every timer."""
        self._timers.clear()
        self._changed.set()

    async def settle_timers(self, within_s: float) -> bool:
        """Run what is due and wait for it, ``within_s`` real seconds at most."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            self.fire_due()
            if not self._running:
                return True
            await asyncio.wait(
                self._running, timeout=deadline - time.monotonic(), return_when="FIRST_COMPLETED"
            )
        return not self._running

    def fire_due(self) -> None:
        """Start every job whose time has come."""
        now_s = self.time()
        while self._timers and self._timers[0][0] <= now_s:
            self.spawn(_run(heapq.heappop(self._timers)[2]))

    async def _run_timers(self) -> None:
        while True:
            self._changed.clear()
            self.fire_due()
            await self._wait(self._pause_s())

    def _pause_s(self) -> float | None:
        if not self._timers or not self.rate:
            return None
        return max(0.0, (self._timers[0][0] - self.time()) / self.rate)

    async def _wait(self, pause_s: float | None) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._changed.wait()
        except TimeoutError:
            return

    def _rebase(self, to_s: float) -> None:
        self._base_s = to_s
        self._real_base_s = time.monotonic()

    def _turned(self) -> None:
        self.version += 1
        self._changed.set()
        for listener in self.listeners:
            listener()


async def _run(job: Job) -> None:
    await job()
