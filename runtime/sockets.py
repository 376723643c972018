"""Hold two sockets to Slack, each replaced in time: before Slack does, and when it is silent."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot.kernel.errors import OperatorFacing
from runtime.waiting import Telling, ask_slack, out_of_reach, why

log = structlog.get_logger("cairn.sockets")

HEARD_WITHIN_S = 300
_client_log = logging.getLogger("slack_sdk.socket_mode")


def _is_no_failure_to_connect(record: logging.LogRecord) -> bool:
    """Leave out what Slack's client says each time: `Sockets` tells it once, with its cause."""
    return not str(record.msg).startswith(("Failed to connect", "Failed to retrieve"))


_client_log.addFilter(_is_no_failure_to_connect)
SOCKETS = 2
"""Slack closes a socket now and then; with two open, one is always listening."""
CLOSE_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """The times after which a socket is replaced by a new one.

    Slack's client notices a socket that answers no pings. Not noticed is one that answers them
    and brings no payload (slackapi/bolt-python#1529): it looks like a quiet day. So each is
    replaced when `renew_after_s` old, and at once when the other brought `outdone_by` payloads in
    a row, which befalls a healthy one once in 1,024. A client that has found no way back by itself
    for `lost_after_s` is replaced as well. Replacements are `pause_s` apart:
    `apps.connections.open` may be called about once a minute (Tier 1,
    docs.slack.dev/reference/methods/apps.connections.open). One that does not open within
    `connect_within_s` is tried again after `again_after_s`, then after twice as long, up to
    `pause_s`.
    """

    renew_after_s: float = 900
    outdone_by: int = 10
    lost_after_s: float = 60
    pause_s: float = 60
    look_every_s: float = 5
    connect_within_s: float = 30
    again_after_s: float = 5
    finish_within_s: float = 3


@dataclass(slots=True, eq=False)
class Socket:
    """One open socket. `outdone` counts what others brought since it last brought anything.

    `heard_at` and `connected_at` are by `time.time`, 0 for never; the first in whole five minutes,
    so that nobody learns from it when somebody did something.
    """

    handler: AsyncSocketModeHandler
    opened_s: float
    outdone: int = 0
    lost_since_s: float | None = None
    heard_at: float = 0.0
    connected_at: float = 0.0

    async def is_connected(self) -> bool:
        """Look whether it is open now."""
        is_open = bool(await self.handler.client.is_connected())
        if is_open:
            self.connected_at = time.time()
        return is_open


@dataclass(slots=True)
class Sockets:
    """The open sockets of this process; `watch` keeps them there, and fresh."""

    bolt: AsyncApp
    app_token: str
    renewal: Renewal
    open: list[Socket] = field(default_factory=list)
    _closing: set["asyncio.Task[None]"] = field(default_factory=set)
    _telling: Telling = field(default_factory=lambda: Telling("sockets"))

    @property
    def is_listening(self) -> bool:
        """Whether a request of Slack's would come through, as far as is known."""
        return any(socket.lost_since_s is None for socket in self.open)

    async def begin(self) -> None:
        """Open SOCKETS, or leave it to `watch`. Raises OperatorFacing for a refused app token."""
        try:
            while len(self.open) < SOCKETS:
                await self.add()
        except OperatorFacing as refused:
            if refused.permanent:
                raise
            self._telling.away(refused)

    async def add(self, *, instead_of: Socket | None = None) -> None:
        """Open one more. Raises OperatorFacing, permanent for a refused token."""
        host = ""
        try:
            async with asyncio.timeout(self.renewal.connect_within_s):
                address = await self._address()
                host = urlsplit(address).hostname or ""
                await self._open(address, self._born_s(instead_of))
        except TimeoutError as silent:
            within = f"no answer within {self.renewal.connect_within_s:g} s"
            raise _not_opened(host, within) if host else out_of_reach(silent) from None
        self._telling.back()

    async def watch(self) -> None:
        """Open what is missing and replace what has to be, until cancelled."""
        again_after_s = self.renewal.again_after_s
        while True:
            await asyncio.sleep(self.renewal.look_every_s)
            is_tried, is_done = await self._look()
            if is_done or not is_tried:
                again_after_s = self.renewal.again_after_s
            if is_tried:
                is_whole = is_done and len(self.open) == SOCKETS
                await asyncio.sleep(self.renewal.pause_s if is_whole else again_after_s)
                again_after_s = min(2 * again_after_s, self.renewal.pause_s)

    async def _look(self) -> tuple[bool, bool]:
        """Open a socket if one is missing or has to go: whether that was tried, and done."""
        reasons = [(socket, await self._why_replace(socket)) for socket in self.open]
        old = next((socket for socket, reason in reasons if reason), None)
        if old is None and len(self.open) == SOCKETS:
            return False, False
        try:
            await self.add(instead_of=old)
        except OperatorFacing as refused:
            self._telling.away(refused)
            return True, False
        if old is not None:
            log.info("socket_replaced", reason=dict(reasons)[old])
            self._retire(old)
        return True, True

    async def _address(self) -> str:
        answer = await ask_slack(
            self.bolt.client.apps_connections_open(app_token=self.app_token),
            token="SLACK_APP_TOKEN",  # noqa: S106 - the name of a setting
            remedy="make one with the scope connections:write in your app's Basic Information",
        )
        return str(answer.get("url"))

    async def _open(self, address: str, born_s: float) -> None:
        """Open a socket there. Raises OperatorFacing at the first failure."""
        handler = AsyncSocketModeHandler(
            self.bolt, self.app_token, logger=_client_log, proxy=self.bolt.client.proxy
        )
        failed = await _take_over_session(handler.client)
        handler.client.wss_uri = address
        socket = Socket(handler, born_s)

        async def count(_client: Any, _request: Any) -> None:
            socket.heard_at = time.time() // HEARD_WITHIN_S * HEARD_WITHIN_S
            for one in self.open:
                one.outdone = 0 if one is socket else one.outdone + 1

        handler.client.socket_mode_request_listeners.insert(0, count)
        async with AsyncExitStack() as unless_it_opens:
            unless_it_opens.push_async_callback(_close, socket)
            connecting = asyncio.ensure_future(
                handler.connect_async()  # type: ignore[no-untyped-call]
            )
            unless_it_opens.callback(connecting.cancel)
            await asyncio.wait({connecting, failed}, return_when=asyncio.FIRST_COMPLETED)
            if not connecting.done():  # Slack's client would try the same address for ever
                raise _not_opened(urlsplit(address).hostname or "", failed.result())
            unless_it_opens.pop_all()
        self.open.append(socket)

    def _born_s(self, instead_of: Socket | None) -> float:
        """Count a new socket as so old that it is not renewed together with the one that stays."""
        now_s, life_s = _now_s(), self.renewal.renew_after_s
        ages_s = [now_s - one.opened_s for one in self.open if one is not instead_of]
        return now_s - (ages_s[0] + life_s / SOCKETS) % life_s if ages_s else now_s

    async def close(self) -> None:
        """Close every socket."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await asyncio.gather(*map(_close, self.open))

    async def _why_replace(self, socket: Socket) -> str | None:
        now_s = _now_s()
        if await socket.handler.client.is_connected():
            socket.lost_since_s = None
        elif socket.lost_since_s is None:
            socket.lost_since_s = now_s
        if (
            socket.lost_since_s is not None
            and now_s - socket.lost_since_s > self.renewal.lost_after_s
        ):
            return "lost"
        if socket.outdone >= self.renewal.outdone_by:
            return "deaf"
        return "old" if now_s - socket.opened_s > self.renewal.renew_after_s else None

    def _retire(self, old: Socket) -> None:
        """Close a socket once it has answered what it got: the new one is open already."""
        self.open.remove(old)
        self.open[-1].heard_at = max(self.open[-1].heard_at, old.heard_at)
        closing = asyncio.create_task(_close(old, after_s=self.renewal.finish_within_s))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


def _not_opened(host: str, because: str) -> OperatorFacing:
    return OperatorFacing(
        f"The web socket of {host} does not open ({because}), so no command or click reaches "
        f"Cairn: let firewall and proxy pass web sockets (wss, port 443) to {host} and the other "
        "wss- hosts of slack.com"
    )


def _now_s() -> float:
    return asyncio.get_running_loop().time()


async def _take_over_session(client: SocketModeClient) -> "asyncio.Future[str]":
    """Hand every payload on before the client's own loop sees it, which would keep the last one
    until the next comes: on a quiet day, as long as the socket is open.

    What comes back says why the web socket did not open, as soon as that is known."""

    class Forgetful(aiohttp.ClientWebSocketResponse):
        async def receive(self, timeout: float | None = None) -> aiohttp.WSMessage:  # noqa: ASYNC109
            while (message := await super().receive(timeout)).type is aiohttp.WSMsgType.TEXT:
                await client.enqueue_message(message.data)
                del message
            return message

    failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def broke(_: Any, __: Any, about: aiohttp.TraceRequestExceptionParams) -> None:
        if not failed.done():
            failed.set_result(why(about.exception))

    async def answered(_: Any, __: Any, about: aiohttp.TraceRequestEndParams) -> None:
        if about.response.status != 101 and not failed.done():
            failed.set_result(f"HTTP {about.response.status}")

    watched = aiohttp.TraceConfig()
    watched.on_request_exception.append(broke)
    watched.on_request_end.append(answered)
    await client.aiohttp_client_session.close()
    client.aiohttp_client_session = aiohttp.ClientSession(
        ws_response_class=Forgetful, trace_configs=[watched]
    )
    return failed


async def _close(socket: Socket, *, after_s: float = 0.0) -> None:
    try:
        await asyncio.sleep(after_s)
    finally:
        await socket.handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def open_sockets(
    bolt: AsyncApp, app_token: str, *, renewal: Renewal | None = None
) -> AsyncIterator[Sockets]:
    """Receive over SOCKETS sockets that are never renewed at the same time.

    Those that do not open now are tried again in the block. Raises OperatorFacing for a refused app
    token.
    """
    sockets = Sockets(bolt, app_token, renewal or Renewal())
    watching: asyncio.Task[None] | None = None
    try:
        await sockets.begin()
        watching = asyncio.create_task(sockets.watch())
        yield sockets
    finally:
        if watching is not None:
            watching.cancel()
            await asyncio.wait({watching})
        await sockets.close()
