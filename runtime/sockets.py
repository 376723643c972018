"""Hold two sockets to Slack, each replaced in time: before Slack does, and when it is silent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient

log = structlog.get_logger("cairn.sockets")

SOCKETS = 2
"""Slack closes a socket now and then; with two open, one is always listening."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """The times after which a socket is replaced by a new one.

    Slack's client notices a socket that answers no pings. Not noticed is one that answers them
    and brings no payload (slackapi/bolt-python#1529): it looks like a quiet day. So each is
    replaced when `renew_after_s` old, and at once when the other brought `outdone_by` payloads in
    a row, which befalls a healthy one once in 1,024. A client that has found no way back by itself
    for `lost_after_s` is replaced as well. Replacements are `pause_s` apart:
    `apps.connections.open` may be called about once a minute (Tier 1,
    docs.slack.dev/reference/methods/apps.connections.open).
    """

    renew_after_s: float = 900
    outdone_by: int = 10
    lost_after_s: float = 60
    pause_s: float = 60
    look_every_s: float = 5
    connect_within_s: float = 30
    finish_within_s: float = 3


@dataclass(slots=True, eq=False)
class Socket:
    """One open socket. `outdone` counts what others brought since it last brought anything."""

    handler: AsyncSocketModeHandler
    opened_s: float
    outdone: int = 0
    lost_since_s: float | None = None


@dataclass(slots=True)
class Sockets:
    """The open sockets of this process; `watch` keeps them fresh."""

    bolt: AsyncApp
    app_token: str
    renewal: Renewal
    open: list[Socket] = field(default_factory=list)
    _closing: set["asyncio.Task[None]"] = field(default_factory=set)

    async def add(self, *, age_s: float = 0.0) -> None:
        """Open one more, which counts as `age_s` old already."""
        handler = AsyncSocketModeHandler(self.bolt, self.app_token, proxy=self.bolt.client.proxy)
        await _forget_what_was_taken(handler.client)
        socket = Socket(handler, _now_s() - age_s)

        async def count(_client: Any, _request: Any) -> None:
            for one in self.open:
                one.outdone = 0 if one is socket else one.outdone + 1

        handler.client.socket_mode_request_listeners.insert(0, count)
        async with AsyncExitStack() as unless_it_opens:
            unless_it_opens.push_async_callback(_close, socket)
            await handler.connect_async()  # type: ignore[no-untyped-call]
            unless_it_opens.pop_all()
        self.open.append(socket)

    async def watch(self) -> None:
        """Replace what has to be replaced, until cancelled."""
        while True:
            await asyncio.sleep(self.renewal.look_every_s)
            for socket in list(self.open):
                reason = await self._why_replace(socket)
                if reason is not None:
                    await self._replace(socket, reason)
                    await asyncio.sleep(self.renewal.pause_s)
                    break

    async def close(self) -> None:
        """Close every socket."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        for socket in self.open:
            await _close(socket)

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

    async def _replace(self, old: Socket, reason: str) -> None:
        """Open a new socket, and only then close the old one, once it has answered what it got."""
        try:
            async with asyncio.timeout(self.renewal.connect_within_s):
                await self.add()
        except TimeoutError:
            log.warning("socket_not_replaced", reason=reason)
            return
        self.open.remove(old)
        log.info("socket_replaced", reason=reason)
        closing = asyncio.create_task(_close(old, after_s=self.renewal.finish_within_s))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


def _now_s() -> float:
    return asyncio.get_running_loop().time()


async def _forget_what_was_taken(client: SocketModeClient) -> None:
    """Hand every payload on before the client's own loop sees it, which would keep the last one
    until the next comes: on a quiet day, as long as the socket is open."""

    class Forgetful(aiohttp.ClientWebSocketResponse):
        async def receive(self, timeout: float | None = None) -> aiohttp.WSMessage:  # noqa: ASYNC109
            while (message := await super().receive(timeout)).type is aiohttp.WSMsgType.TEXT:
                await client.enqueue_message(message.data)
                del message
            return message

    await client.aiohttp_client_session.close()
    client.aiohttp_client_session = aiohttp.ClientSession(ws_response_class=Forgetful)


async def _close(socket: Socket, *, after_s: float = 0.0) -> None:
    try:
        await asyncio.sleep(after_s)
    finally:
        await socket.handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def open_sockets(
    bolt: AsyncApp, app_token: str, *, renewal: Renewal | None = None
) -> AsyncIterator[None]:
    """Receive over SOCKETS sockets that are never renewed at the same time."""
    sockets = Sockets(bolt, app_token, renewal or Renewal())
    watching: asyncio.Task[None] | None = None
    try:
        for number in range(SOCKETS):
            await sockets.add(age_s=number * sockets.renewal.renew_after_s / SOCKETS)
        watching = asyncio.create_task(sockets.watch())
        yield
    finally:
        if watching is not None:
            watching.cancel()
            await asyncio.wait({watching})
        await sockets.close()
