"""A listening port that nobody can hold: limits on connections, bytes and time.

aiohttp parses and answers; what stands here accepts connections and closes those that only cost.
"""

import asyncio
import errno
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_parser import RawRequestMessage

from bot.kernel.errors import OperatorFacing
from runtime.limits import Limits, within_open_files

log = structlog.get_logger("cairn.http")

BACKLOG = 4096
"""How many connections may wait to be accepted; one too many tries again after seconds."""
AT_ONCE = 8
"""Connections accepted before others get their turn: a flood must not hold up what is at work."""
PAUSE_S = 0.1
STOP_WITHIN_S = 3.0
"""For what is being answered at the end; the whole process has 8 s (runtime/ending.py)."""
LOG_EVERY_S = 60.0
LINGER_S = 1.0
"""How long what is still being sent is read after a refusal, so that the sender gets to see it."""

FIRST_BYTES = 16_384
HEAD_ENDS = b"\r\n\r\n"

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
FirstLook = Callable[[bytes], bytes | None]
"""Gives the answer to what its first bytes show to be no request for us; None for all others."""


class NotWhole(Exception):
    """The body is too long, breaks off, or is not what HTTP calls one."""


class Connection(web.RequestHandler):
    """One connection. It brings one request, and another after one that was `welcome`."""

    def __init__(self, door: "Door") -> None:
        limits = door.limits
        super().__init__(
            door.server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # which is how none is asked for
            auto_decompress=False,
            keepalive_timeout=limits.idle_s,
            lingering_time=LINGER_S,
            max_headers=limits.headers,
            max_line_size=limits.line_bytes,
            max_field_size=limits.line_bytes,
        )
        self.door = door
        self.is_idle = False
        """Whether the next request may come."""
        self.has_more = False
        """Whether something came that was no part of the request, before its answer."""
        self.begin()

    def begin(self) -> None:
        """Count from nothing for the next request."""
        self.received = self.head_bytes = 0
        self.end_of_head = b""
        """The latest bytes of a head of which more is to come."""
        self.is_welcome = False

    def count(self, data: bytes) -> None:
        """Count what came, and where the head ends."""
        if not self.head_bytes:
            head = self.end_of_head + data
            if (end := head.find(HEAD_ENDS)) >= 0:
                self.head_bytes = self.received - len(self.end_of_head) + end + len(HEAD_ENDS)
            self.end_of_head = head[1 - len(HEAD_ENDS) :] if end < 0 else b""
        self.received += len(data)

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

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer and forget it: aiohttp would keep it until the next request comes."""
        finished = await super().finish_response(request, resp, start_time)
        if isinstance(resp, web.Response):
            resp.body = None
        return finished

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
    """Let this be the connection's last answer."""
    response.force_close()
    return named(response)


def named(response: web.StreamResponse) -> web.StreamResponse:
    """Name no version of anything."""
    response.headers["Server"] = "Cairn"
    return response


class Server(web.Server):
    """Makes requests of their path alone: aiohttp fails on a host before it that cannot be one."""

    def _make_request(self, message: RawRequestMessage, *others: Any) -> web.BaseRequest:
        if message.url.absolute:
            message = message._replace(url=message.url.relative())
        return super()._make_request(message, *others)


async def whole_body(request: web.BaseRequest) -> bytes:
    """Read the body as it came. Raises NotWhole.

    From then on the connection is not closed for being slow.
    """
    connection = _connection_of(request)
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
    connection.has_more |= connection.received != connection.head_bytes + len(body)
    return bytes(body)


def welcome(request: web.BaseRequest) -> None:
    """Let the connection bring another request after this one, which Slack has sent for sure."""
    _connection_of(request).is_welcome = True


def _connection_of(request: web.BaseRequest) -> Connection:
    if not isinstance(request.protocol, Connection):
        raise TypeError("the request came through another door")
    return request.protocol


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
        self.server = Server(self._answer)
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
        """Count what came; False if it is not wanted: before the answer, or too much."""
        if connection.is_idle:
            connection.is_idle = False
            self._wait_for(connection)
        if connection not in self.waiting:
            connection.has_more = True
            return False
        connection.count(data)
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
        response = await self.answer(request)
        connection = _connection_of(request)
        if not self._may_stay(connection):
            return closing(response)
        connection.begin()
        connection.is_idle = True
        return named(response)

    def _may_stay(self, connection: Connection) -> bool:
        """Say whether a connection may bring another request; half of all are for newcomers."""
        has_room = len(self.connections) <= self.most_connections // 2
        is_clean = connection.is_welcome and not connection.has_more
        return is_clean and has_room and self._is_open

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
        connection = Connection(self)
        self.connections.add(connection)
        self._wait_for(connection)
        beginning = asyncio.get_running_loop().create_task(self._connect(connection, accepted))
        self._beginning.add(beginning)
        beginning.add_done_callback(self._beginning.discard)

    def _wait_for(self, connection: Connection) -> None:
        """Give a connection its time to bring a whole request."""
        self.waiting[connection] = asyncio.get_running_loop().call_later(
            self.limits.whole_within_s, self._drop, connection
        )

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
        if self._may_tell():
            log.warning("connections_cut", count=self._cut)
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
        if self._may_tell():
            log.warning("connections_not_accepted", count=self._cut, failure=reason)
        loop.call_later(PAUSE_S, self._resume)

    def _resume(self) -> None:
        if self._is_open:
            self.open()

    def _may_tell(self) -> bool:
        """Allow one line of the log a minute, however much is going on."""
        now_s = time.monotonic()
        if now_s - self._told_at_s < LOG_EVERY_S:
            return False
        self._told_at_s = now_s
        return True


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
    except (OSError, UnicodeError) as failure:
        is_taken = getattr(failure, "errno", None) == errno.EADDRINUSE
        raise OperatorFacing(
            f"Port {port} is in use; stop the other program or choose another with {named}"
            if is_taken
            else f"Port {port} cannot be opened there; check the address, and {named}",
            permanent=True,
        ) from None
    listener.setblocking(False)
    door = Door(listener, answer, limits=limits, not_http=not_http, first_look=first_look)
    door.open()
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        await door.close()
