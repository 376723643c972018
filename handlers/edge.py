"""Joins listeners to Bolt: by name, each inside a wrapper that never raises."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from handlers.call import Call, Unreadable, read_call
from handlers.errors import explain
from handlers.services import Services

log = structlog.get_logger("cairn.edge")

Listener = Callable[[Call, Services], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Edge:
    """Registers listeners under the names of the interface.

    `checkin.open` also takes `checkin.open:2`: what follows the colon only keeps several buttons
    of one message apart. Commands, clicks, closed modals and events are acked before the listener
    runs; a submitted modal is acked by its listener, or plainly after it.
    """

    app: AsyncApp
    services: Services

    def command(self, name: str, listener: Listener) -> None:
        self.app.command(name)(self._wrapped(listener, ack_first=True))

    def action(self, name: str, listener: Listener) -> None:
        self.app.action(_named(name))(self._wrapped(listener, ack_first=True))

    def view(self, name: str, listener: Listener) -> None:
        self.app.view(_named(name))(self._wrapped(listener, ack_first=False))

    def closed(self, name: str, listener: Listener) -> None:
        self.app.view_closed(_named(name))(self._wrapped(listener, ack_first=True))

    def event(self, name: str, listener: Listener) -> None:
        self.app.event(name)(self._wrapped(listener, ack_first=True))

    def anything_else(self, listener: Listener) -> None:
        """Take what no other listener took: unknown commands, stale buttons and forms."""
        everything = re.compile(".*")
        ack_first, submitted = (
            self._wrapped(listener, ack_first=True),
            self._wrapped(listener, ack_first=False),
        )
        self.app.command(everything)(ack_first)
        self.app.action(everything)(ack_first)
        self.app.shortcut(everything)(ack_first)
        self.app.options(everything)(ack_first)
        self.app.view_submission(everything)(submitted)

        async def ignore(args: AsyncArgs) -> None:
            await args.ack()

        self.app.view_closed(everything)(ignore)
        self.app.event(everything)(ignore)

    def _wrapped(
        self, listener: Listener, *, ack_first: bool
    ) -> Callable[[AsyncArgs], Awaitable[None]]:
        async def listen(args: AsyncArgs) -> None:
            with self.services.in_flight.one():
                if ack_first:
                    await args.ack()
                try:
                    call = read_call(args.body, args.client, args.ack)
                except Unreadable as why:
                    log.warning("request_unreadable", reason=str(why))
                    await args.ack()
                    return
                await explain(listener)(call, self.services)
                await call.ack()

        return listen


def _named(name: str) -> re.Pattern[str]:
    return re.compile(rf"^{re.escape(name)}(:.*)?$")
