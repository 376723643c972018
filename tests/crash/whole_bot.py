"""The whole bot, as `app.py serve` runs it, which dies some steps after it is told to."""

import asyncio
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.kernel import leases
from handlers.edge.inbox import Inbox
from runtime.logs import set_up_logs
from runtime.serving import serve_forever
from runtime.tenancy import Options
from tests.crash.steps import Steps

LEASE = timedelta(seconds=2)
"""Of an event, shorter than in earnest: a run must see the end of it."""
LATER_S = 10.0
"""How long the mistake leaves an event unkept: longer than a bot lives once it is to die."""


@dataclass(frozen=True, slots=True)
class BotOrders:
    """How many steps after SIGUSR1 to die, and whether to make the classic mistake."""

    steps_after_signal: int
    ack_first: bool = False


def serve(options: Options, http: tuple[str, int] | None, orders: BotOrders) -> None:
    """Serve until SIGUSR1 has come and some more steps were taken."""
    leases.INBOX = LEASE
    set_up_logs("CRITICAL")
    if orders.ack_first:
        Inbox.keep = _keep_later(Inbox.keep)  # type: ignore[method-assign]
    asyncio.run(_serve(options, http, orders))


async def _serve(options: Options, http: tuple[str, int] | None, orders: BotOrders) -> None:
    loop = asyncio.get_running_loop()
    steps = Steps(None)
    steps.watch(loop)

    def arm() -> None:
        steps.last = steps.taken + orders.steps_after_signal

    loop.add_signal_handler(signal.SIGUSR1, arm)
    await serve_forever(options, http=http)


def _keep_later(keep: Any) -> Any:
    """The mistake that the proof must notice: an event is kept once Slack has its answer."""

    async def later(inbox: Inbox, body: Mapping[str, Any]) -> bool:
        async def do() -> None:
            await asyncio.sleep(LATER_S)
            await keep(inbox, body)
            await inbox.work()

        inbox.services.in_flight.start(do())
        return False

    return later
