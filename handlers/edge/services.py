"""What every listener may use. Built once, in app.py."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.keys.vault import Vault
from config.catalogue import Catalogue
from handlers.edge.clients import Clients, FixedClients
from handlers.edge.in_flight import InFlight


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """`wake` tells the dispatcher that there is something to send: call it after a commit.

    `clients` are for what is done in Slack when no request brought a client along.
    """

    database: Database
    clock: Clock
    catalogue: Catalogue
    vault: Vault
    wake: Callable[[], None] = lambda: None
    clients: Clients = field(default_factory=lambda: FixedClients({}))
    in_flight: InFlight = field(default_factory=InFlight)
