"""Watch over a running Cairn beside its loop: gather facts, judge them, tell, and beat."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog

from bot.delivery.rules import is_refused
from bot.jobs import Jobs
from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.kernel.figures import UNMONITORED, Figure, Ledger
from bot.kernel.ids import WorkspaceId
from bot.kernel.scope import everywhere
from bot.keys.vault import Vault
from handlers.edge.clients import Clients, Contact
from runtime.health import BOUNDS, Bounds, Facts, Fault, judge, lateness
from runtime.probing import Prober
from runtime.stock import Shared, Stock, take_stock

if TYPE_CHECKING:  # httpx, and aiohttp's client, where they are used
    from bot.kernel.heartbeat import Heartbeat
    from runtime.sockets import Sockets

log = structlog.get_logger("cairn.watch")

STOCK_FRESH_S = 10.0
STOCK_WITHIN_S = 5.0
LAG_EVERY_S = 1.0

NOT_READY = (Fault.LOOP, Fault.SOCKETS)
"""Faults with which nothing useful can be received."""


@dataclass(slots=True, kw_only=True)
class Watch:
    """Looks every `look_every_s` whether Cairn does its work.

    The heartbeat goes out after each look that finds nothing wrong. What is found is logged when it
    changes. Looking costs a few statements; it waits for nothing for long.
    """

    database: Database
    vault: Vault
    clock: Clock
    jobs: Jobs
    clients: Clients
    contact: Contact
    needed: frozenset[str]
    wake: Callable[[], None]
    only_workspace: WorkspaceId | None = None
    sockets: "Sockets | None" = None
    heartbeat: "Heartbeat | None" = None
    figures: Ledger = UNMONITORED
    bounds: Bounds = BOUNDS
    look_every_s: float = 10.0
    stock_within_s: float = STOCK_WITHIN_S
    faults: Mapping[Fault, str] = field(default_factory=dict)
    has_failed: bool = False
    stock: Shared[Stock] = field(init=False)
    _ping: Shared[bool] = field(init=False)
    prober: Prober = field(init=False)
    _began_s: float = field(default_factory=time.monotonic)
    _connected_s: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        asking = partial(take_stock, self.database, self.vault, self.clock)
        self.stock = Shared(asking, STOCK_FRESH_S)
        self._ping = Shared(partial(ping, self.database), 0)
        self.prober = Prober(
            database=self.database,
            clock=self.clock,
            clients=self.clients,
            contact=self.contact,
            needed=self.needed,
            wake=self.wake,
        )

    async def run(self) -> None:
        """Look, probe, and measure the event loop, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for work in (self._look_on, self._probe_on, self._measure_lag):
                tasks.create_task(work())

    def note_failure(self, running: "asyncio.Task[None]") -> None:
        """Tell that watching itself has failed: from then on no heartbeat goes out."""
        if running.cancelled() or (failure := running.exception()) is None:
            return
        first = failure.exceptions[0] if isinstance(failure, ExceptionGroup) else failure
        log.error("watch_failed", failure=type(first).__name__)
        self.has_failed = True
        self.faults = {Fault.WATCH: "Watching over Cairn has failed; restart it"}

    async def close(self) -> None:
        """Give up what is being asked of the database."""
        await self.stock.close()
        await self._ping.close()

    async def database_answers(self, *, within_s: float) -> bool:
        """Find whether the database answers at once, whatever hangs."""
        return bool(await self._ping.get(within_s=within_s))

    async def look(self) -> Mapping[Fault, str]:
        """Find what is wrong now, log what has changed, and beat if nothing is."""
        stock = await self.stock.get(within_s=self.stock_within_s)
        found = judge(await self.facts(stock), self.bounds)
        for fault, sentence in found.items():
            if fault not in self.faults:
                log.warning("fault", kind=fault, advice=sentence)
        for fault in self.faults.keys() - found.keys():
            log.info("fault_over", kind=fault)
        self.faults = found
        await self._beat()
        return found

    async def facts(self, stock: Stock | None) -> Facts:
        """Gather all that the rule looks at."""
        now_s = time.monotonic()
        workspaces = self.workspaces(stock)
        answers = [self.contact.answered_s.get(one, self._began_s) for one in workspaces]
        known = {one: why for one, why in self.contact.refused.items() if one in workspaces}
        late = (
            lateness(stock.backlogs, stock.paces, now=stock.at, bounds=self.bounds) if stock else {}
        )
        return Facts(
            loop_silent=timedelta(seconds=now_s - self.jobs.passed_s),
            database_answers=stock is not None,
            workspaces=len(workspaces),
            slack_silent=timedelta(seconds=now_s - max(answers)) if answers else None,
            refused=known,
            watch_failed=self.has_failed,
            sockets_silent=await self._sockets_silent(),
            due_late=_age(stock.due[1], stock.at) if stock else timedelta(),
            duties_failing={
                kind: timedelta(seconds=now_s - since_s)
                for kind, since_s in self.jobs.failing_since_s.items()
            },
            keys_away=stock.keys_away if stock else None,
            events_late=_age(stock.inbox[1], stock.at) if stock else timedelta(),
            errands_late=_age(stock.errand_since, stock.at) if stock else timedelta(),
            lanes_late=late,
            failures=self.jobs.dispatcher.failures.lately(now_s=now_s),
        )

    def workspaces(self, stock: Stock | None) -> frozenset[WorkspaceId]:
        """Name the workspaces that are served; without the database, those that answered."""
        if self.only_workspace is not None:
            return frozenset({self.only_workspace})
        if stock is None:
            return frozenset(self.contact.answered_s) | frozenset(self.contact.refused)
        return stock.installed

    async def _sockets_silent(self) -> timedelta | None:
        if self.sockets is None:
            return None
        if any([await one.is_connected() for one in self.sockets.open]):
            self._connected_s = time.monotonic()
        return timedelta(seconds=time.monotonic() - self._connected_s)

    async def _beat(self) -> None:
        if self.heartbeat is None:
            return
        now = self.clock.now()
        if self.faults:
            self.figures.add(Figure.HEARTBEAT, "held_back")
        elif self.heartbeat.is_time(now):
            went = await self.heartbeat.beat(now=now)
            self.figures.add(Figure.HEARTBEAT, "sent" if went else "failed")

    async def _look_on(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self.look_every_s)

    async def _probe_on(self) -> None:
        while True:
            await self.probe()
            await asyncio.sleep(min(5.0, self.look_every_s))

    async def probe(self) -> None:
        """Ask workspaces whose turn has come whether Slack still takes their token."""
        stock = await self.stock.get(within_s=self.stock_within_s)
        if stock is None:
            return
        refused = {one for one, pace in stock.paces.items() if is_refused(pace)}
        await self.prober.ask_some(self.workspaces(stock), refused=refused, at=stock.at)

    async def _measure_lag(self) -> None:
        while True:
            asked_s = time.monotonic() + LAG_EVERY_S
            await asyncio.sleep(LAG_EVERY_S)
            self.figures.observe(Figure.LOOP_LAG, max(0.0, time.monotonic() - asked_s))


def _age(since: datetime | None, now: datetime) -> timedelta:
    return max(now - since, timedelta()) if since else timedelta()


async def ping(database: Database) -> bool:
    """Ask the database for nothing. Raises what it raises."""
    with everywhere():
        async with database.reading() as connection:
            await connection.execute(sa.text("SELECT 1"))
    return True


@asynccontextmanager
async def watching(watch: Watch) -> AsyncIterator[Watch]:
    """Watch until the end of the block. Should watching itself fail, no heartbeat goes out."""
    running = asyncio.create_task(watch.run())
    running.add_done_callback(watch.note_failure)
    try:
        yield watch
    finally:
        running.cancel()
        await asyncio.wait({running}, timeout=2)
        await watch.close()
