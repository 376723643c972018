"""What every listener may use. Built once, by runtime/process.py."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.flows.closing_and_erasure import Eraser
from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.keys.vault import Vault
from config.catalogue import Catalogue
from handlers.edge.call import Call
from handlers.edge.clients import Clients, FixedClients
from handlers.edge.in_flight import InFlight


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

    async def refresh_home(self, call: Call) -> None:
        """Show the caller their Home tab as it is now, after something was done."""
        await self.show_home(call, self)
