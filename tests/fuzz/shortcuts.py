"""The short way to Slack and to SQLite, without sockets and threads; now and then the real one."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import pytest
from multidict import CIMultiDict
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Scope

from bot.kernel.sqlite import SqliteConnection
from handlers.edge import inbox
from handlers.edge.clients import open_session
from runtime import process
from slack_sandbox import interactions, response_urls
from slack_sandbox.api.entry import WebApi
from slack_sandbox.world import World

T = TypeVar("T")
PATIENCE_S = 60.0
"""In one thread, each waits for all that came before it."""


class Session:
    """The part of aiohttp's session that Slack's SDK and Cairn use."""

    closed = False

    def __init__(self, world: World) -> None:
        self.world = world
        self.real = open_session()
        self.is_real = False
        """Whether calls go over a socket."""
        self._api: ASGIApp = WebApi(world)
        self._others: ASGIApp = Starlette(routes=response_urls.routes(world))

    async def __aenter__(self) -> "Session":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.closed = True
        await self.real.close()

    def request(self, method: str, url: str, **given: Any) -> Any:
        path = url.removeprefix(self.world.base_url)
        if self.is_real or path == url or not path.startswith(("/api/", "/response/")):
            return self.real.request(method, url, **given)
        app = self._api if path.startswith("/api/") else self._others
        return _Exchange(app, method, url, given)

    def get(self, url: str, **given: Any) -> Any:
        return self.real.get(url, **given)


class _Exchange:
    """One request to the sandbox's application, and its answer, as aiohttp gives it."""

    status = 0

    def __init__(self, app: ASGIApp, method: str, url: str, given: Mapping[str, Any]) -> None:
        self._app, self._body = app, _encoded(given)
        parts = urlsplit(url)
        headers = {"Host": parts.netloc, **(given.get("headers") or {})}
        if given.get("json") is not None:
            headers["Content-Type"] = "application/json"
        elif isinstance(given.get("data"), Mapping):
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._scope: Scope = {
            "type": "http",
            "method": method,
            "path": parts.path,
            "root_path": "",
            "query_string": urlencode(given.get("params") or {}).encode(),
            "headers": [(k.lower().encode(), str(v).encode("latin-1")) for k, v in headers.items()],
        }
        self.headers: CIMultiDict[str] = CIMultiDict()
        self._said = b""

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]

    async def __aenter__(self) -> "_Exchange":
        await asyncio.sleep(0)  # as on the way to anywhere, others have their turn
        await self._app(self._scope, self._receive, self._send)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        """Nothing: the answer is here whole."""

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers.extend((k.decode(), v.decode()) for k, v in message["headers"])
        else:
            self._said += message.get("body", b"")

    async def text(self) -> str:
        return self._said.decode()

    async def json(self) -> Any:
        return json.loads(self._said)


def _encoded(given: Mapping[str, Any]) -> bytes:
    if given.get("json") is not None:
        return json.dumps(given["json"]).encode()
    data = given.get("data") or b""
    if isinstance(data, Mapping):
        return urlencode(data).encode()
    return data if isinstance(data, bytes) else str(data).encode()


@contextmanager
def shortcuts(world: World) -> Iterator[Session]:
    """Let a Cairn that is assembled now reach the sandbox, and SQLite, within this thread."""
    session, threaded = Session(world), SqliteConnection.there
    done: Future[Any] = Future()
    done.set_result(None)

    async def here(connection: SqliteConnection, work: Callable[..., T], *args: object) -> T:
        connection._latest = done  # noqa: SLF001 - nothing is under way there
        await asyncio.sleep(0)
        return work(*args)

    def there(connection: SqliteConnection, work: Callable[..., T], *args: object) -> Awaitable[T]:
        return (threaded if session.is_real else here)(connection, work, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "open_session", lambda *_, **_named: session)
        patch.setattr(SqliteConnection, "there", there)
        patch.setattr(inbox, "DATABASE_WITHIN_S", PATIENCE_S)
        patch.setattr(interactions, "TRIGGER_LASTS_S", PATIENCE_S)
        yield session
