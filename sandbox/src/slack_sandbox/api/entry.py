"""The door to the Web API: reading a call, checking who makes it, answering it."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from slack_sandbox import jsons
from slack_sandbox.api import (
    chat,
    conversations,
    files,
    lookups,
    membership,
    oauth_methods,
    users,
    views,
)
from slack_sandbox.api.args import Args
from slack_sandbox.api.registry import METHODS, Caller, Method
from slack_sandbox.faults import CALL_KINDS, Fault
from slack_sandbox.problems import ApiError
from slack_sandbox.records import App, Call, Installation, Json, Token
from slack_sandbox.world import World

# Importing the families registers their methods.
FAMILIES = (chat, conversations, files, lookups, membership, oauth_methods, users, views)
MOST_BODY_BYTES = 10_000_000
HANG_S = 60.0
Headers = list[tuple[bytes, bytes]]
_SECRETS = frozenset({"token", "client_secret", "refresh_token", "code"})


class WebApi:
    """An ASGI application for ``/api/<method>``; written bare, because every send passes it."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        started = time.perf_counter()
        name = scope["path"].rpartition("/")[2]
        headers = dict(scope["headers"])
        try:
            raw = await _read(scope, headers, receive, send)
        except ApiError as refused:
            await _answer(send, 200, refused.as_json())
            return
        if raw is None:
            return
        strikes = self._world.faults.draw(name, CALL_KINDS)
        if strikes:
            self._world.changes.publish("fault", id=strikes.kind)
        if strikes and not _takes_call(strikes):
            answer, status, extra = _fault_answer(strikes)
            team_id = None
        else:
            answer, status, extra, team_id = self._run(name, raw, headers)
            if strikes and strikes.kind in ("status", "error"):
                answer, status, _ = _fault_answer(strikes)
        self._record(name, raw, answer, status=status, team_id=team_id, started=started)
        disturbed = strikes and strikes.kind in ("drop", "delay", "hang")
        if strikes and disturbed and not await self._disturb(strikes, scope, receive):
            return
        await _answer(send, status, answer, extra)

    def _run(
        self, name: str, raw: Json, headers: dict[bytes, bytes]
    ) -> tuple[Json, int, Headers, str | None]:
        """Do the call; returns the answer, its status and headers, and the workspace."""
        method = METHODS.get(name)
        if method is None:
            return {"ok": False, "error": "unknown_method", "req_method": name}, 200, [], None
        args = Args(raw)
        team_id = None
        said: Headers = []
        try:
            caller = self._caller(method, args, headers)
            team_id = caller.team_id
            said = _scope_headers(method, caller)
            caller.needs(*method.scopes)
            wait_s = self._world.limits.take(
                name,
                app_id=caller.app.app_id,
                team_id=team_id,
                channel_id=_limited_channel(self._world, name, caller, args),
            )
            if wait_s is not None:
                retry = [*said, (b"retry-after", str(wait_s).encode())]
                return {"ok": False, "error": "ratelimited"}, 429, retry, team_id
            return {"ok": True, **method.handler(self._world, caller, args)}, 200, said, team_id
        except ApiError as refused:
            return refused.as_json(), 200, said, team_id

    def _caller(self, method: Method, args: Args, headers: dict[bytes, bytes]) -> Caller:
        host = headers.get(b"host", b"").decode("latin-1")
        if method.takes == "none":
            args.raw.update(_basic(headers))
            return _nobody(host)
        value = headers.get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ").strip()
        value = value or args.text("token")
        if not value:
            raise ApiError("not_authed")
        token = self._world.tokens.get(value)
        if token is None:
            gone = value in self._world.revoked
            raise ApiError("token_revoked" if gone else "invalid_auth")
        if token.expires_s is not None and self._world.clock.time() > token.expires_s:
            raise ApiError("token_expired")
        if method.takes not in (token.kind, "any"):
            raise ApiError("not_allowed_token_type")
        app = self._world.apps[token.app_id]
        if host:
            app.base_url = f"http://{host}"
        installation = app.installations.get(token.team_id or "") or _nowhere()
        return Caller(
            token=token,
            app=app,
            team_id=token.team_id or "",
            user_id=token.user_id or "",
            installation=installation,
            host=host,
        )

    def _record(
        self,
        name: str,
        raw: Json,
        answer: Json,
        *,
        status: int,
        team_id: str | None,
        started: float,
    ) -> None:
        world = self._world
        world.call_count += 1
        world.calls.append(
            Call(
                id=world.call_count,
                method=name,
                team_id=team_id,
                args={key: value for key, value in raw.items() if key not in _SECRETS},
                answer=answer,
                status=status,
                at_s=world.clock.time(),
                ms=round((time.perf_counter() - started) * 1000, 3),
            )
        )
        world.changes.publish("call", team=team_id, id=str(world.call_count))

    async def _disturb(self, fault: Fault, scope: Scope, receive: Receive) -> bool:
        """Delay, hang or drop; returns whether an answer should still be sent."""
        if fault.kind == "delay":
            if fault.clock == "virtual":
                await self._world.clock.sleep(fault.delay_s)
            else:
                await asyncio.sleep(fault.delay_s)
            return True
        if fault.kind == "hang":
            await self._until_gone(receive, HANG_S)
        drop = scope.get("sandbox.drop")
        if drop:
            drop()
            await self._until_gone(receive, 1.0)
            return False
        return True

    async def _until_gone(self, receive: Receive, within_s: float) -> None:
        """Wait until the caller has hung up, or the server stops."""

        async def hear() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        ends = [asyncio.ensure_future(hear()), asyncio.ensure_future(self._world.closing.wait())]
        await asyncio.wait(ends, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        await asyncio.gather(*ends, return_exceptions=True)


def _basic(headers: dict[bytes, bytes]) -> Json:
    """The client id and secret of HTTP Basic authentication, as the SDK sends them."""
    scheme, _, value = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": client_id, "client_secret": secret}


def _scope_headers(method: Method, caller: Caller) -> Headers:
    """Return the headers in which Slack tells what the token may do, and what the method needs.

    An app without a manifest may do everything that there is.
    """
    scopes = caller.token.scopes
    if caller.token.kind == "app":
        scopes = frozenset({"connections:write"})
    if scopes is None:
        scopes = frozenset({"commands"}).union(*(known.scopes for known in METHODS.values()))
    return [
        (b"x-oauth-scopes", ",".join(sorted(scopes)).encode()),
        (b"x-accepted-oauth-scopes", ",".join(method.scopes).encode()),
    ]


def _takes_call(fault: Fault) -> bool:
    if fault.kind == "ratelimit":
        return False
    if fault.kind == "delay":
        return True
    return fault.when == "after"


def _fault_answer(fault: Fault) -> tuple[Json, int, Headers]:
    if fault.kind == "ratelimit":
        retry = [(b"retry-after", str(fault.retry_after_s).encode())]
        return {"ok": False, "error": "ratelimited"}, 429, retry
    if fault.kind == "status":
        return {"ok": False, "error": "internal_error"}, fault.status, []
    if fault.kind == "error":
        return {"ok": False, "error": fault.error}, 200, []
    return {"ok": False, "error": "service_unavailable"}, 503, []


def _limited_channel(world: World, name: str, caller: Caller, args: Args) -> str | None:
    """Return what a message's limit is counted by: the channel, or the person of a DM."""
    if name != "chat.postMessage":
        return None
    value = str(args.raw.get("channel", ""))
    channel = world.channels.get(value)
    if channel and channel.is_im:
        return next((one for one in channel.members if one != caller.user_id), value)
    named = world.channel_names.get((caller.team_id, value.removeprefix("#")))
    return named or value


async def _read(
    scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send
) -> Json | None:
    """Return the call's arguments; None when the caller is gone."""
    raw: Json = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    if scope["method"] == "GET":
        return raw
    kind = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _read_multipart(scope, receive, raw)
    body = await _body(receive)
    if body is None:
        return None
    if kind == "application/json":
        return raw | _from_json(body)
    text = body.decode("utf-8", "replace")
    raw.update(parse_qsl(text, keep_blank_values=True))
    return raw


async def _read_multipart(scope: Scope, receive: Receive, raw: Json) -> Json:
    try:
        async with Request(scope, receive).form() as form:
            for key, value in form.multi_items():
                raw[key] = value if isinstance(value, str) else f"{value.size} bytes"
    except HTTPException:
        raise ApiError("invalid_form_data") from None
    return raw


async def _body(receive: Receive) -> bytes | None:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MOST_BODY_BYTES:
            raise ApiError("request_timeout")
    return None if message["type"] == "http.disconnect" else body


def _from_json(body: bytes) -> Json:
    if not body.strip():
        return {}
    try:
        said = jsons.loads(body)
    except ValueError:
        raise ApiError("invalid_json") from None
    if not isinstance(said, dict):
        raise ApiError("json_not_object")
    return said


async def _answer(send: Send, status: int, answer: Json, extra: Headers | None = None) -> None:
    body = json.dumps(answer, separators=(",", ":")).encode()
    start: MutableMapping[str, Any] = {
        "type": "http.response.start",
        "status": status,
        "headers": [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            *(extra or []),
        ],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})


def _nobody(host: str) -> Caller:
    app = App(app_id="", name="", app_token="", signing_secret="", client_id="", client_secret="")
    token = Token(value="", kind="none", app_id="")
    return Caller(token=token, app=app, team_id="", user_id="", installation=_nowhere(), host=host)


def _nowhere() -> Installation:
    return Installation(team_id="", bot_user_id="", bot_id="", bot_token="")
