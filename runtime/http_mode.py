"""Cairn over HTTP: Slack's requests, and what monitoring asks."""

from collections.abc import Awaitable, Callable

import sqlalchemy as sa
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.kernel.database import Database

MAX_BODY_BYTES = 3_000_000


def is_plausible(headers_timestamp: str | None, body_bytes: int) -> bool:
    """Whether a request may go on to the signature check, which fails on a garbled timestamp."""
    return bool(
        headers_timestamp and headers_timestamp.isascii() and headers_timestamp.isdigit()
    ) and (body_bytes <= MAX_BODY_BYTES)


def web_app(bolt: AsyncApp, database: Database) -> Starlette:
    """`/slack/events`, `/healthz`, `/readyz` and `/metrics`.

    Where workspaces install Cairn by themselves, also `/slack/install` and its way back.
    """
    slack = AsyncSlackRequestHandler(bolt)

    async def events(request: Request) -> Response:
        timestamp = request.headers.get("x-slack-request-timestamp")
        length = request.headers.get("content-length", "")
        if not length.isdigit() or not is_plausible(timestamp, int(length)):
            return PlainTextResponse("This is not a request that Slack has signed.", 401)
        return await slack.handle(request)

    flow = bolt.oauth_flow
    paths = (flow.install_path, flow.redirect_uri_path) if flow else ()
    return Starlette(
        routes=[
            *(Route(path, slack.handle, methods=["GET"]) for path in paths),
            Route("/slack/events", events, methods=["POST"]),
            Route("/healthz", _alive),
            Route("/readyz", _ready(database)),
            Route("/metrics", _metrics),
        ]
    )


async def _alive(_request: Request) -> Response:
    return PlainTextResponse("alive")


def _ready(database: Database) -> Callable[[Request], Awaitable[Response]]:
    async def ready(_request: Request) -> Response:
        try:
            async with database.reading() as connection:
                await connection.execute(sa.text("SELECT 1"))
        except (SQLAlchemyError, OSError):
            return PlainTextResponse("the database does not answer", 503)
        return PlainTextResponse("ready")

    return ready


async def _metrics(_request: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
