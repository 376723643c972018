"""The sandbox as one ASGI application, and as a server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, WebSocketRoute
from uvicorn.protocols.http.h11_impl import H11Protocol

from slack_sandbox import control, oauth, response_urls, socket_mode
from slack_sandbox.api.entry import WebApi
from slack_sandbox.api.files import routes as file_routes
from slack_sandbox.http_delivery import HttpDelivery
from slack_sandbox.origin import OwnOrigin
from slack_sandbox.page.routes import routes as page_routes
from slack_sandbox.world import World

HOST = "127.0.0.1"
# Uploads and views are the largest things anybody sends.
MOST_SOCKET_BYTES = 2_000_000
BACKLOG = 2048


def create_asgi(world: World) -> Starlette:
    """Return the application: Web API, control API, sockets, response URLs, OAuth and page.

    The world gets its transports here.
    """
    http = HttpDelivery()
    world.transports = {"socket": partial(socket_mode.send, world), "http": http.send}

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        world.clock.start()
        yield
        await socket_mode.kill_all(world)
        await world.clock.stop()
        await http.close()

    return Starlette(
        middleware=[Middleware(OwnOrigin, world=world)],
        routes=[
            Mount("/api", WebApi(world)),
            Mount("/_sandbox", routes=control.routes(world)),
            WebSocketRoute("/socket/", partial(socket_mode.handle, world)),
            *response_urls.routes(world),
            *oauth.routes(world),
            *file_routes(world),
            *page_routes(world),
        ],
        lifespan=lifespan,
        exception_handlers={ClientDisconnect: _gone},
    )


async def _gone(_: Request, __: Exception) -> Response:
    """Answer nobody: the caller hung up while the request was read."""
    return Response(status_code=400)


def place(world: World, host: str, port: int) -> socket.socket:
    """Return a socket that listens for the world, which then knows its own address."""
    listener = listen(host, port)
    world.base_url = f"http://{host}:{listener.getsockname()[1]}"
    world.hosts.add(host.lower())
    return listener


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; OSError when the port is taken.

    Whoever connects before the server runs waits, and is not turned away.
    """
    # Naming TCP lets asyncio switch off Nagle's delay, which costs 40 ms on every answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class _DroppableProtocol(H11Protocol):
    """Hands the application a way to break the connection, for the faults that need it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner = self.app

        async def with_drop(scope: Any, receive: Any, send: Any) -> None:
            scope["sandbox.drop"] = transport.abort
            await inner(scope, receive, send)

        self.app = with_drop


class _Server(uvicorn.Server):
    """A server that can leave signals to whoever runs the event loop, and lets go when it ends."""

    own_signals = True

    def __init__(self, config: uvicorn.Config, world: World) -> None:
        super().__init__(config)
        self._world = world

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer those who wait for something, so that nobody has to be cut off."""
        self._world.release()
        await socket_mode.kill_all(self._world)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if not self.own_signals:
            yield
            return
        with super().capture_signals():
            yield


def create_server(world: World) -> _Server:
    """Return a quiet uvicorn server; ``serve(sockets=[…])`` runs it in the caller's loop."""
    config = uvicorn.Config(
        create_asgi(world),
        http=_DroppableProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=MOST_SOCKET_BYTES,
        timeout_graceful_shutdown=1,
        lifespan="on",
    )
    return _Server(config, world)


async def serve(world: World, *, host: str = HOST, port: int = 0) -> None:
    """Serve until interrupted; OSError when the port is taken."""
    listener = place(world, host, port)
    await create_server(world).serve(sockets=[listener])


@contextlib.asynccontextmanager
async def running(world: World, *, host: str = HOST, port: int = 0) -> AsyncIterator[str]:
    """Serve in the background of the caller's event loop; yields the base URL."""
    listener = place(world, host, port)
    server = create_server(world)
    server.own_signals = False
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if task.done():
                await task
            await asyncio.sleep(0.005)
        yield world.base_url
    finally:
        server.should_exit = True
        await task
        listener.close()
