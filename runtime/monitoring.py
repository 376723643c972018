"""A port of its own for monitoring, whichever way Slack's requests come."""

from contextlib import AbstractAsyncContextManager

from aiohttp import web

from bot.kernel.database import Database
from handlers.edge.inbox import answers
from runtime.door import listening
from runtime.limits import Limits

LIMITS = Limits(connections=32, body_bytes=0, held_bytes=1_000_000)


def listening_to_monitors(
    database: Database, *, host: str, port: int
) -> AbstractAsyncContextManager[str]:
    """Serve `/healthz`, `/readyz` and `/metrics` until the end; gives the address.

    Raises OperatorFacing for a port that cannot be had.
    """

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        match request.path:
            case "/healthz":
                return web.Response(text="alive")
            case "/readyz":
                return await _ready(database)
            case "/metrics":
                return _metrics()
        return web.Response(status=404, text="There is nothing here.")

    return listening(
        answer,
        host=host,
        port=port,
        named="MONITOR_PORT",
        limits=LIMITS,
        not_http=lambda: web.Response(status=400),
    )


async def _ready(database: Database) -> web.Response:
    if await answers(database):
        return web.Response(text="ready")
    return web.Response(status=503, text="the database does not answer")


def _metrics() -> web.Response:
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest  # where nobody asks, unused

    return web.Response(body=generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})
