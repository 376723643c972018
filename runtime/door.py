"""A listening port that nobody can hold: limits on connections, bytes and time, one request each.

aiohttp parses and answers; what stands here accepts connections and closes those that only cost.
"""

import asyncio
import errno
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from bot.kernel.errors import OperatorFacing
from runtime.limits import Limits, within_open_files

log = structlog.get_logger("cairn.http")

BACKLOG = 4096
"""How many connections may wait to be accepted; one too many tries again after seconds."""
AT_ONCE = 8
"""Connections accepted before others get their turn: a flood must not hold up what is at work."""
PAUSE_S = 0.1
STOP_WITHIN_S = 10.0
LOG_EVERY_S = 60.0
LINGER_S = 1.0
"""How long what is still being sent is read after a refusal, so that the sender gets to see it."""

FIRST_BYTES = 16_384

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
FirstLook = Callable[[bytes], bytes | None]
"""Gives the answer to what its first bytes show to be no request for us; None for all others."""


class NotWhole(Exception):
    """The body is too long, breaks off, or is not what HTTP calls one."""


class Connection(web.RequestHandler):
    """One connection, which brings one request: aiohttp would keep the last until another comes."""

    def __init__(self, door: "Door") -> None:
        limits = door.limits
        super().__init__(
            door.server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # which is how none is asked for
            auto_decompress=False,
            lingering_time=LINGER_S,
            max_headers=limits.headers,
            max_line_size=limits.line_bytes,
            max_field_size=limits.line_bytes,
        )
        self.door = door
        self.received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self not in self.door.connections:  # it had to make room before it was there
            self.cut()

    def data_received(self, data: bytes) -> None:
        if self.door.takes(self, data):
            super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.door.forget(self)
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what aiohttp could not parse, or what failed, without a word about how."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer is under way already")
        if status == 400:
            return closing(self.door.not_http())
        log.error("request_failed", failure=type(exc).__name__)
        return closing(web.Response(status=status))

    def log_exception(self, *args: object, **kw: object) -> None:
        """Leave out what a broken connection or body makes aiohttp complain about."""

    def cut(self) -> None:
        """Close at once, whatever is under way."""
        if self.transport is not None:
            self.transport.abort()


def closing(response: web.StreamResponse) -> web.StreamResponse:
    """Let this be the connection's only answer, and name no version of anything."""
    response.force_close()
    response.headers["Server"] = "Cairn"
    return response


async def whole_body(request: web.BaseRequest) -> bytes:
    """Read the body as it came. Raises NotWhole.

    From then on the connection is not closed for being slow.
    """
    connection = request.protocol
    if not isinstance(connection, Connection):
        raise TypeError("the request came through another door")
    most = connection.door.limits.body_bytes
    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > most:
                raise NotWhole
    except (web.RequestPayloadError, OSError):
        raise NotWhole from None
    connection.door.is_whole(connection)
    return bytes(body)


class Door:
    """Accepts connections on `listener` and lets `answer` answer their requests.

    `not_http` answers what is not HTTP, or more of it than the limits allow.
    """

    def __init__(
        self,
        listener: socket.socket,
        answer: Answer,
        *,
        limits: Limits,
        not_http: Callable[[], web.Response],
        first_look: FirstLook | None,
    ) -> None:
        self.listener = listener
        self.answer = answer
        self.limits = limits
        self.not_http = not_http
        self.first_look = first_look
        self.server = web.Server(self._answer)
        self.most_connections = within_open_files(limits.connections)
        self.connections: set[Connection] = set()
        self.waiting: dict[Connection, asyncio.TimerHandle] = {}
        """Connections whose request is not whole, the oldest first, each with its end."""
        self.held_bytes = 0
        self._beginning: set[asyncio.Task[None]] = set()
        self._told_at_s = -LOG_EVERY_S
        self._cut = 0
        self._is_open = False

    def open(self) -> None:
        """Begin to accept connections."""
        self._is_open = True
        asyncio.get_running_loop().add_reader(self.listener, self._accept)

    async def close(self) -> None:
        """Accept no more, drop what is not whole, and let what is at work be answered."""
        self._is_open = False
        asyncio.get_running_loop().remove_reader(self.listener)
        self.listener.close()
        for connection in list(self.waiting):
            self._drop(connection)
        self.server.pre_shutdown()
        await self.server.shutdown(STOP_WITHIN_S)

    def takes(self, connection: Connection, data: bytes) -> bool:
        """Count what came; False if it is not wanted: more than one request, or too much."""
        if connection not in self.waiting:
            return False
        connection.received += len(data)
        self.held_bytes += len(data)
        if connection.received > self.limits.request_bytes:
            self._drop(connection)
        while self.held_bytes > self.limits.held_bytes and self._make_room():
            pass
        return connection in self.waiting

    def is_whole(self, connection: Connection) -> None:
        """Note that a request is whole: its connection stays until it is answered."""
        if connection in self.waiting:
            self.waiting.pop(connection).cancel()
            self.held_bytes -= connection.received

    def forget(self, connection: Connection) -> None:
        """Note that a connection is gone."""
        self.is_whole(connection)
        self.connections.discard(connection)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        return closing(await self.answer(request))

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            try:
                accepted, _address = self.listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:
                continue
            except OSError as failure:  # above all: no more files may be opened
                self._pause(failure)
                return
            accepted.setblocking(False)
            if self._is_refused(accepted):
                continue
            if len(self.connections) >= self.most_connections and not self._make_room():
                accepted.close()
                continue
            self._begin(accepted)

    def _is_refused(self, accepted: socket.socket) -> bool:
        """Answer a stranger whose request is here already: it then costs a fifth of the usual."""
        try:
            first = accepted.recv(FIRST_BYTES, socket.MSG_PEEK)
            refusal = self.first_look(first) if self.first_look else None
            if refusal is None:
                return False
            accepted.recv(len(first))
            accepted.send(refusal)
        except BlockingIOError:  # nothing has come yet
            return False
        except OSError:
            pass
        accepted.close()
        return True

    def _begin(self, accepted: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        connection = Connection(self)
        self.connections.add(connection)
        self.waiting[connection] = loop.call_later(
            self.limits.whole_within_s, self._drop, connection
        )
        beginning = loop.create_task(self._connect(connection, accepted))
        self._beginning.add(beginning)
        beginning.add_done_callback(self._beginning.discard)

    async def _connect(self, connection: Connection, accepted: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, accepted)
        except OSError:  # it is gone again
            self.forget(connection)
            accepted.close()

    def _make_room(self) -> bool:
        """Drop the connection that has waited longest to be whole; False if there is none."""
        oldest = next(iter(self.waiting), None)
        if oldest is None:
            return False
        self._drop(oldest)
        self._cut += 1
        self._tell("connections_cut")
        return True

    def _drop(self, connection: Connection) -> None:
        self.forget(connection)
        connection.cut()

    def _pause(self, failure: OSError) -> None:
        """Try again in a moment: until then it would fail again, thousands of times a second."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self.listener)
        for _ in range(AT_ONCE):
            self._make_room()
        reason = errno.errorcode.get(failure.errno or 0, type(failure).__name__)
        self._tell("connections_not_accepted", failure=reason)
        loop.call_later(PAUSE_S, self._resume)

    def _resume(self) -> None:
        if self._is_open:
            self.open()

    def _tell(self, event: str, **fields: object) -> None:
        """Log at most one line a minute, however much is going on."""
        now_s = time.monotonic()
        if now_s - self._told_at_s >= LOG_EVERY_S:
            self._told_at_s = now_s
            log.warning(event, count=self._cut, **fields)


@asynccontextmanager
async def listening(
    answer: Answer,
    *,
    host: str,
    port: int,
    named: str,
    limits: Limits,
    not_http: Callable[[], web.Response],
    first_look: FirstLook | None = None,
) -> AsyncIterator[str]:
    """Answer requests until the end, when those under way are finished; gives the address.

    Raises OperatorFacing for a port that cannot be had; `named` is the option or setting that
    chooses it.
    """
    try:
        listener = socket.create_server((host, port), backlog=BACKLOG)
    except OSError:
        raise OperatorFacing(
            f"Port {port} is in use; stop the other program or choose another with {named}",
            permanent=True,
        ) from None
    listener.setblocking(False)
    door = Door(listener, answer, limits=limits, not_http=not_http, first_look=first_look)
    door.open()
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        await door.close()
