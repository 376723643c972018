"""A port of its own for monitoring, whichever way Slack's requests come."""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aiohttp import web

from runtime.door import listening
from runtime.health import BOUNDS, Fault
from runtime.limits import Limits
from runtime.watch import NOT_READY, Watch

LIMITS = Limits(connections=32, body_bytes=0, held_bytes=1_000_000)
READY_WITHIN_S = 1.5
"""The answer is there within two seconds, whatever hangs."""
FORMAT = "text/plain; version=0.0.4; charset=utf-8"
"""prometheus.io/docs/instrumenting/exposition_formats."""


class Scraped(Protocol):
    """Writes figures in the format of Prometheus."""

    async def scraped(self, watch: Watch) -> bytes:
        """Write all figures as of now."""
        ...


def listening_to_monitors(
    watch_of: Callable[[], Watch | None], figures: Scraped, *, host: str, port: int
) -> AbstractAsyncContextManager[str]:
    """Serve `/healthz`, `/readyz` and `/metrics` until the end; gives the address.

    `watch_of` gives what watches over the bot, None while it starts.

    Raises OperatorFacing for a port that cannot be had.
    """

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if (watch := watch_of()) is None:
            return _starting(request.path)
        match request.path:
            case "/healthz":
                return _alive(watch)
            case "/readyz":
                return await _ready(watch)
            case "/metrics":
                body = await figures.scraped(watch)
                return web.Response(body=body, headers={"content-type": FORMAT})
        return web.Response(status=404, text="There is nothing here.")

    return listening(
        answer,
        host=host,
        port=port,
        named="MONITOR_PORT",
        limits=LIMITS,
        not_http=lambda: web.Response(status=400),
    )


def _starting(path: str) -> web.Response:
    """Answer while Slack or the database is waited for, which no restart would help."""
    if path == "/healthz":
        return web.Response(text="alive")
    return _wrong("Cairn is starting; its log says what it waits for.")


def _alive(watch: Watch) -> web.Response:
    """Answer for the process: a loop that hangs is helped by a restart, and nothing else here is.

    A database that is away ends each pass, so that the loop goes on.
    """
    silent_s = time.monotonic() - watch.jobs.beaten_s
    if silent_s <= BOUNDS.loop.total_seconds():
        return web.Response(text="alive")
    minutes = int(silent_s // 60)
    return _wrong(f"The loop has stood still for {minutes} minutes; restart Cairn.")


async def _ready(watch: Watch) -> web.Response:
    """Answer whether requests are of use here, and what else is wrong in a sentence."""
    if not await watch.database_answers(within_s=READY_WITHIN_S):
        return _wrong(
            "The database does not answer; look whether it runs and has connections left."
        )
    if watch.sockets is not None and not watch.sockets.is_listening:
        return _wrong("No socket to Slack is open, so nothing can be received; see the log.")
    faults = {one: said for one, said in watch.faults.items() if one is not Fault.DATABASE}
    for fault in NOT_READY:
        if fault in faults:
            return _wrong(f"{faults[fault]}.")
    if not faults:
        return web.Response(text="ready")
    return web.Response(text=f"ready, but something is wrong: {next(iter(faults.values()))}.")


def _wrong(sentence: str) -> web.Response:
    return web.Response(status=503, text=sentence)
