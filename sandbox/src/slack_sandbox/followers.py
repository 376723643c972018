"""Programs that run on the sandbox's clock, and moving the clock without overtaking them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slack_sandbox.clock import Clock
from slack_sandbox.problems import Problem

LONG_POLL_S = 25.0
FORGOTTEN_AFTER_S = 60.0
# A follower whose connection broke may be on its way back with news; a dead one is not.
BROKEN_GRACE_S = 5.0


@dataclass(slots=True)
class Follower:
    """What a follower last told; ``waiting`` counts its open long-polls."""

    name: str
    seen: int = 0
    wakes_at_s: float | None = None
    called_s: float = 0.0
    broken_s: float | None = None
    call: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Travel:
    """How a move of the clock ended."""

    settled: bool
    steps: int


class Followers:
    """The register of followers, and the stepping that waits for them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.known: dict[str, Follower] = {}
        self._news: set[asyncio.Event] = set()
        self._travelling = asyncio.Lock()
        self._closing = False
        clock.listeners.append(self._tell)

    async def follow(self, name: str, *, seen: int, wakes_at_s: float | None) -> dict[str, Any]:
        """Take a follower's report, and answer when there is something for it to do.

        The answer comes at once for ``seen`` 0, for an older version and for a wake that is
        due; else when the clock turns, when a running clock reaches ``wakes_at_s``, or after
        25 real seconds.
        """
        follower = self.known.setdefault(name, Follower(name))
        follower.seen = seen
        follower.wakes_at_s = wakes_at_s
        follower.called_s = time.monotonic()
        follower.broken_s = None
        follower.call += 1
        call = follower.call
        self._tell()
        follower.waiting += 1
        try:
            await self._until(
                lambda: self._closing or follower.call != call or self._has_work(follower),
                within_s=LONG_POLL_S,
            )
        except asyncio.CancelledError:
            if follower.call == call:
                follower.broken_s = time.monotonic()
            raise
        finally:
            follower.waiting -= 1
            follower.called_s = time.monotonic()
        return self.state()

    def release(self) -> None:
        """Answer everybody who waits, now and from now on: the server is about to stop."""
        self._closing = True
        self._tell()

    def state(self) -> dict[str, Any]:
        """Return the clock as followers read it; ``now`` virtual, ``real_now`` real, both UTC."""
        return {
            "ok": True,
            "version": self._clock.version,
            "now": self._clock.now().isoformat(),
            "rate": self._clock.rate,
            "real_now": datetime.now(UTC).isoformat(),
        }

    def alive(self) -> list[Follower]:
        """Return the followers that are still there, and forget the others."""
        now_s = time.monotonic()
        for name, follower in list(self.known.items()):
            quiet = not follower.waiting and now_s - follower.called_s > FORGOTTEN_AFTER_S
            broken = follower.broken_s and now_s - follower.broken_s > BROKEN_GRACE_S
            if quiet or broken:
                del self.known[name]
        return list(self.known.values())

    def next_due_s(self) -> float | None:
        """Return the earliest instant at which a follower has something to do, or None."""
        return min(
            (one.wakes_at_s for one in self.alive() if one.wakes_at_s is not None), default=None
        )

    async def travel(self, to_s: float | None, *, step: bool, wait_s: float) -> Travel:
        """Move the clock forward to ``to_s`` (None: to the next thing due).

        Steps stop at each thing due before the target and wait, ``wait_s`` real seconds in
        all, until every follower has done it. Problem when nothing is due, or the target is
        in the past.
        """
        async with self._travelling:
            return await self._travel(to_s, step=step, deadline_s=time.monotonic() + wait_s)

    async def _travel(self, to_s: float | None, *, step: bool, deadline_s: float) -> Travel:
        if to_s is not None and to_s < self._clock.time():
            raise Problem("to", "The clock does not run backwards; that moment has passed.")
        if not step and to_s is not None:
            self._clock.jump(to_s)
            return Travel(await self._settle(deadline_s), 1)
        settled = await self._settle(deadline_s)
        target_s = to_s if to_s is not None else self.next_due_s()
        if target_s is None:
            raise Problem("next", "Nothing is due: no program on this clock waits for anything.")
        steps = 0
        while settled:
            next_s = self._next_s()
            last = next_s is None or next_s >= target_s
            self._clock.jump(max(self._clock.time(), target_s if last else next_s or target_s))
            steps += 1
            settled = await self._settle(deadline_s)
            if last:
                return Travel(settled, steps)
        self._clock.jump(max(self._clock.time(), target_s))
        return Travel(False, steps + 1)

    def _next_s(self) -> float | None:
        due = [at for at in (self.next_due_s(), self._clock.next_timer_s()) if at is not None]
        return min(due, default=None)

    async def _settle(self, deadline_s: float) -> bool:
        """Wait until the timers have run and every follower is idle at this instant."""
        await self._clock.settle_timers(max(0.01, deadline_s - time.monotonic()))
        while time.monotonic() < deadline_s:
            if not any(self._is_busy(one) for one in self.alive()):
                return True
            # Wake once a second for followers that die without a word.
            within_s = min(1.0, deadline_s - time.monotonic())
            await self._until(
                lambda: not any(self._is_busy(one) for one in self.alive()), within_s=within_s
            )
        return not any(self._is_busy(one) for one in self.alive())

    def _is_busy(self, one: Follower) -> bool:
        return one.seen < self._clock.version or self._is_due(one)

    def _has_work(self, one: Follower) -> bool:
        return not one.seen or one.seen < self._clock.version or self._is_due(one)

    def _is_due(self, one: Follower) -> bool:
        return one.wakes_at_s is not None and one.wakes_at_s <= self._clock.time()

    def _due_in_s(self) -> float | None:
        next_s = self.next_due_s()
        if next_s is None or not self._clock.rate:
            return None
        return max(0.0, (next_s - self._clock.time()) / self._clock.rate)

    async def _until(self, is_so: Any, *, within_s: float) -> None:
        deadline_s = time.monotonic() + within_s
        news = asyncio.Event()
        self._news.add(news)
        try:
            while not is_so():
                left_s = deadline_s - time.monotonic()
                if left_s <= 0:
                    return
                due_s = self._due_in_s()
                await _wait(news, left_s if due_s is None else min(left_s, max(due_s, 0.001)))
                news.clear()
        finally:
            self._news.discard(news)

    def _tell(self) -> None:
        for news in self._news:
            news.set()


async def _wait(news: asyncio.Event, within_s: float) -> None:
    try:
        async with asyncio.timeout(within_s):
            await news.wait()
    except TimeoutError:
        return
