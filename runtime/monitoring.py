"""A port of its own for monitoring, whichever way Slack's requests come."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from aiohttp import web

from runtime.door import listening
from runtime.limits import Limits

LIMITS = Limits(connections=32, body_bytes=0, held_bytes=1_000_000)


WhyNot = Callable[[], Awaitable[str | None]]
"""Says why the process is not ready; None when it is."""


def listening_to_monitors(
    why_not: WhyNot, *, host: str, port: int
) -> AbstractAsyncContextManager[str]:
    """Serve `/healthz`, `/readyz` and `/metrics` until the end; gives the address.

    Raises OperatorFacing for a port that cannot be had.
    """

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        match request.path:
            case "/healthz":
                return web.Response(text="alive")
            case "/readyz":
                return await _ready(why_not)
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


async def _ready(why_not: WhyNot) -> web.Response:
    missing = await why_not()
    return web.Response(text=missing or "ready", status=503 if missing else 200)


def _metrics() -> web.Response:
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest  # where nobody asks, unused

    return web.Response(body=generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})
