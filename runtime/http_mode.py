"""Cairn over HTTP: Slack's requests, and what monitoring asks.

aiohttp serves it: Bolt and the Web API client have it loaded in any case.
"""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp

from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from handlers.edge.inbox import answers

MAX_BODY_BYTES = 3_000_000
BACKLOG = 2048
"""How many connections may wait to be accepted: Slack opens many at once on a Monday morning."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def listening(app: web.Application, *, host: str, port: int) -> AsyncIterator[str]:
    """Serve `app` until the end, when requests under way are finished; gives the address.

    Raises OperatorFacing for a busy port.
    """
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            listener = socket.create_server((host, port), backlog=BACKLOG)
        except OSError:
            raise OperatorFacing(
                f"Port {port} is in use; stop the other program or choose another with --port",
                permanent=True,
            ) from None
        await web.SockSite(runner, listener, backlog=BACKLOG).start()
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        await runner.cleanup()


def web_app(bolt: AsyncApp, database: Database) -> web.Application:
    """`/slack/events`, `/healthz`, `/readyz` and `/metrics`.

    Where workspaces install Cairn by themselves, also `/slack/install` and its way back.
    """
    flow = bolt.oauth_flow
    paths = (flow.install_path, flow.redirect_uri_path) if flow else ()
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.add_routes(
        [
            *(web.get(path, bolt.server().handle_get_requests) for path in paths),
            web.post("/slack/events", _events(bolt)),
            web.get("/healthz", _alive),
            web.get("/readyz", _ready(database)),
            web.get("/metrics", _metrics),
        ]
    )
    return app


def _events(bolt: AsyncApp) -> Handler:
    async def events(request: web.Request) -> web.StreamResponse:
        try:
            int(request.headers.get("x-slack-request-timestamp", ""))  # Bolt fails on other words
            asked = await to_bolt_request(request)
        except (ValueError, LookupError):  # garbled, or in an encoding that nobody knows
            return web.Response(status=401, text="This is not a request that Slack has signed.")
        answer = await to_aiohttp_response(await bolt.async_dispatch(asked))
        answer.force_close()  # aiohttp keeps an open connection's last request until the next
        return answer

    return events


async def _alive(_request: web.Request) -> web.Response:
    return web.Response(text="alive")


def _ready(database: Database) -> Handler:
    async def ready(_request: web.Request) -> web.Response:
        if await answers(database):
            return web.Response(text="ready")
        return web.Response(status=503, text="the database does not answer")

    return ready


async def _metrics(_request: web.Request) -> web.Response:
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest  # where nobody asks, unused

    return web.Response(body=generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})
