"""Serve one running Cairn until it is told to stop: sockets or HTTP, monitoring, the heartbeat."""

import asyncio
import gc
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from bot.kernel.clock import SystemClock
from bot.kernel.errors import OperatorFacing
from bot.kernel.figures import UNMONITORED
from bot.kernel.refusals import DatabaseRefused
from handlers.install.permission import who_may_install
from runtime.commands.schema import schema_of
from runtime.ending import ending_on_signals
from runtime.monitoring import listening_to_monitors
from runtime.process import Cairn, assembled, beat, listening_on_http, listening_on_sockets
from runtime.tenancy import HISTORY_SCOPES, NEEDS_HTTP, Options, is_for_several, needed_scopes
from runtime.version import VERSION
from runtime.waiting import until_answered
from runtime.watch import Watch, watching

if TYPE_CHECKING:
    from runtime.scrape import Registry
    from runtime.sockets import Sockets

log = structlog.get_logger("cairn.serving")


@dataclass(slots=True)
class Serving:
    """One process that serves, from its start to its end.

    `http` is the host and port on which Slack's requests come, None over Socket Mode. `watch` is
    there once everything is built.
    """

    options: Options
    http: tuple[str, int] | None
    stop: asyncio.Event
    started: asyncio.Event
    registry: "Registry | None" = None
    watch: Watch | None = None

    async def run(self) -> None:
        """Wait for what is needed, then serve until `stop` is set."""
        async with AsyncExitStack() as stack:
            if self.options.monitor is not None and self.registry is not None:
                host, port = self.options.monitor
                monitored = listening_to_monitors(
                    lambda: self.watch, self.registry, host=host, port=port
                )
                log.info("monitored", address=await stack.enter_async_context(monitored))
            figures = self.registry or UNMONITORED
            cairn = await until_answered(
                lambda: stack.enter_async_context(
                    assembled(self.options, SystemClock(), figures=figures)
                ),
                who="database",
                only=DatabaseRefused,
            )
            if self.registry is not None:
                self.registry.count_errors(cairn.database)
            sockets = await self._listen(stack, cairn)
            await _say_started(cairn)
            self.watch = await stack.enter_async_context(
                watching(watch_over(cairn, sockets=sockets))
            )
            gc.collect()
            gc.freeze()  # all that is loaded stays: a full collection need not walk it every time
            self.started.set()
            await beat(cairn, self.stop)

    async def _listen(self, stack: AsyncExitStack, cairn: Cairn) -> "Sockets | None":
        if self.http is None:
            sockets = await stack.enter_async_context(listening_on_sockets(cairn))
            if sockets.is_listening:
                log.info("ready", mode="socket")
            else:
                log.info("started_without_sockets", mode="socket")
            return sockets
        host, port = self.http
        listening = listening_on_http(cairn, host=host, port=port)
        log.info("ready", mode="http", address=await stack.enter_async_context(listening))
        return None


async def serve_forever(options: Options, *, http: tuple[str, int] | None) -> None:
    """Run until SIGINT or SIGTERM, over Socket Mode, or over HTTP on the host and port given.

    Waits for a database and a Slack that do not answer yet. Raises OperatorFacing when it cannot
    start.
    """
    if is_for_several(options) and http is None:
        raise OperatorFacing(NEEDS_HTTP, permanent=True)
    if http is None:
        options = replace(options, public_url=None)  # nobody could reach it
    if is_for_several(options):
        _say_who_may_install(options)
    stop, started = asyncio.Event(), asyncio.Event()
    registry = _registry(options, mode="socket" if http is None else "http")
    with ending_on_signals(stop):
        serving = asyncio.create_task(Serving(options, http, stop, started, registry).run())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not started.is_set():
            serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
    gc.freeze()  # or the interpreter walks through all that is loaded, for seconds
    log.info("stopped")


async def _say_started(cairn: Cairn) -> None:
    schema = (await schema_of(cairn.database)).revision
    engine = cairn.database.engine.dialect.name
    log.info("started", version=VERSION, engine=engine, schema=schema)


def _say_who_may_install(options: Options) -> None:
    try:
        log.info("who_may_install", advice=who_may_install(options.allowed_workspaces))
    except OperatorFacing as problem:
        log.warning("nobody_may_install", advice=problem.reason)


def _registry(options: Options, *, mode: str) -> "Registry | None":
    """Make what keeps figures, where somebody asks for them."""
    if options.monitor is None:
        return None
    from runtime.scrape import Registry  # brings prometheus-client

    return Registry(options.database_url.partition(":")[0], mode)


def watch_over(cairn: Cairn, *, sockets: "Sockets | None") -> Watch:
    """Make what watches over a running bot, and sends its heartbeat."""
    services, heartbeat = cairn.services, None
    if cairn.options.heartbeat_url is not None:
        from bot.kernel.heartbeat import Heartbeat  # brings httpx

        heartbeat = Heartbeat(url=cairn.options.heartbeat_url, network=cairn.options.network)
    return Watch(
        database=cairn.database,
        vault=services.vault,
        clock=services.clock,
        jobs=cairn.jobs,
        clients=services.clients,
        contact=cairn.contact,
        needed=needed_scopes() - HISTORY_SCOPES,
        wake=services.wake,
        only_workspace=cairn.only_workspace,
        sockets=sockets,
        heartbeat=heartbeat,
        figures=services.figures,
    )
