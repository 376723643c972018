"""The bot as a service: by real time, until it is told to stop."""

import asyncio

import structlog

from bot.kernel.clock import SystemClock
from bot.kernel.errors import OperatorFacing
from runtime.options import Options
from runtime.process import (
    assembled,
    beat,
    listening_on_http,
    listening_on_sockets,
    stop_on_signals,
)
from runtime.tenancy import NEEDS_HTTP, is_for_several

log = structlog.get_logger("cairn.serve")


async def serve_forever(options: Options, *, http: tuple[str, int] | None) -> None:
    """Run until SIGINT or SIGTERM, over Socket Mode, or over HTTP on the host and port given.

    Raises OperatorFacing when it cannot start.
    """
    if is_for_several(options) and http is None:
        raise OperatorFacing(NEEDS_HTTP, permanent=True)
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with assembled(options, SystemClock()) as cairn:
        if http is None:
            async with listening_on_sockets(cairn):
                log.info("ready", mode="socket")
                await beat(cairn, stop)
        else:
            async with listening_on_http(cairn, host=http[0], port=http[1]) as address:
                log.info("ready", mode="http", address=address)
                await beat(cairn, stop)
    log.info("stopped")
