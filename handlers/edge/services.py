"""What every listener may use. Built once, by runtime/process.py."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.flows.closing_and_erasure import Eraser
from bot.flows.daily_check import reconcile_groups
from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.kernel.ids import WorkspaceId
from bot.keys.vault import Vault
from bot.programme.model import Programme
from bot.stages.model import Framework
from config.catalogue import Catalogue
from handlers.edge.call import Call
from handlers.edge.clients import Clients, FixedClients


@dataclass(slots=True)
class InFlight:
    """Counts listeners from before their ack until their end, and what they set going."""

    count: int = 0
    _none: asyncio.Event = field(default_factory=asyncio.Event)
    _started: set["asyncio.Task[None]"] = field(default_factory=set)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around one listener."""
        self._begin()
        try:
            yield
        finally:
            self._end()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Let `work` go on by itself; it counts from now until its end."""
        self._begin()
        task = asyncio.ensure_future(work)
        self._started.add(task)
        task.add_done_callback(self._ended)

    async def none(self) -> None:
        """Wait until nothing is under way."""
        if self.count:
            await self._none.wait()

    def _begin(self) -> None:
        self.count += 1
        self._none.clear()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._started.discard(task)
        self._end()

    def _end(self) -> None:
        self.count -= 1
        if not self.count:
            self._none.set()


async def _no_home(_call: Call, _services: "Services") -> None:
    """Show nothing: where no Home tab is assembled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """`wake` tells the dispatcher that there is something to send: call it after a commit.

    `clients` are for what is done in Slack when no request brought a client along. `show_home`,
    `message_names` and `erasers` are what all capabilities add together.
    """

    database: Database
    clock: Clock
    catalogue: Catalogue
    vault: Vault
    wake: Callable[[], None] = lambda: None
    clients: Clients = field(default_factory=lambda: FixedClients({}))
    in_flight: InFlight = field(default_factory=InFlight)
    show_home: Callable[[Call, "Services"], Awaitable[None]] = _no_home
    message_names: Mapping[str, str] = field(default_factory=dict)
    erasers: Sequence[Eraser] = ()

    def framework_of(self, programme: Programme) -> Framework | None:
        """The competency framework of this programme, by which stages are compared."""
        return self.catalogue.frameworks.get(programme.framework_id)

    async def reconcile_groups(self, workspace_id: WorkspaceId) -> None:
        """Bring all groups under way in line with the roster, and let what there is to tell go.

        Call it after anything that changes the roster, outside any transaction.
        """
        await reconcile_groups(
            self.database,
            workspace_id,
            now=self.clock.now(),
            frameworks=self.catalogue.frameworks,
            weights=self.catalogue.weights,
        )
        self.wake()

    async def refresh_home(self, call: Call) -> None:
        """Show the caller their Home tab as it is now, after something was done."""
        await self.show_home(call, self)
