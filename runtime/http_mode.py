"""Cairn over HTTP: Slack's requests, and the pages of an installation.

Nothing is parsed before Slack's signature over the raw bytes has been verified. aiohttp serves it:
Bolt and the Web API client have it loaded in any case.
"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.kernel.figures import UNMONITORED, Figure, Ledger
from handlers.edge import dispatch
from handlers.edge.services import PRIVATE_PATH, PrivateFile
from runtime.door import NotWhole, listening, welcome, whole_body
from runtime.limits import Limits

EVENTS_PATH = "/slack/events"
OLDEST_S = 300
"""docs.slack.dev/authentication/verifying-requests-from-slack: what is older may be a replay."""
MOST_FIELDS = 100
"""A slash command has about fifteen."""
UNSIGNED, WRONGLY_SIGNED = "unsigned", "wrong_signature"
NOT_SIGNED = "This is not a request that Slack has signed."
REFUSAL = (
    "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain; charset=utf-8\r\nServer: Cairn\r\n"
    f"Content-Length: {len(NOT_SIGNED)}\r\nConnection: close\r\n\r\n{NOT_SIGNED}"
).encode()
SHAPES: Mapping[type, tuple[str, ...]] = {
    str: ("type", "command", "team_id", "user_id", "event_id", "trigger_id", "response_url"),
    dict: ("event", "view", "user", "team", "channel", "container", "message", "enterprise"),
    list: ("actions", "authorizations", "response_urls"),
}
"""Types of fields at the top of a payload, wherever they are there."""

_PRIVATE = re.compile(
    rf"{PRIVATE_PATH}(?P<workspace>[A-Z0-9]{{1,32}})/(?P<kind>[a-z_]{{1,32}})/"
    r"(?P<secret>[A-Za-z0-9_-]{43})",
    re.ASCII,
)

Files = Callable[[str, str, str], Awaitable[PrivateFile | None]]
"""Finds the file of a workspace, a kind and a secret; None for a wrong address."""
Page = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]


class CannotBeRead(Exception):
    """Slack has signed it, and it is nothing that Slack sends."""


def listening_to_slack(
    bolt: AsyncApp,
    signing_secret: str,
    *,
    files: Files,
    host: str,
    port: int,
    limits: Limits,
    figures: Ledger = UNMONITORED,
) -> AbstractAsyncContextManager[str]:
    """Serve `/slack/events` until the end; gives the address. Raises as `listening` does.

    Also members' private files, and where workspaces install Cairn by themselves, `/slack/install`
    and its way back.
    """
    flow = bolt.oauth_flow
    pages: Mapping[str, Page] = (
        {
            flow.install_path: flow.handle_installation,
            flow.redirect_uri_path: flow.handle_callback,
        }
        if flow
        else {}
    )

    done = _Done()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == EVENTS_PATH:
            answer = await _event(request, bolt, signing_secret, limits, done)
            if answer.status == HTTPStatus.UNAUTHORIZED:
                figures.add(Figure.REFUSED, _why_refused(request))
            return answer
        if request.path.startswith(PRIVATE_PATH):
            return await _private(request, files)
        page = pages.get(request.path)
        if page is None or request.method != "GET":
            return _nothing()
        return await _page(request, page)

    def first_look(first: bytes) -> bytes | None:
        refusal = _first_look(first)
        if refusal is not None:
            figures.add(Figure.REFUSED, UNSIGNED)
        return refusal

    return listening(
        handle,
        host=host,
        port=port,
        named="--port",
        limits=limits,
        not_http=_not_signed,
        first_look=first_look,
    )


class _Done:
    """Finds what was done already by its signature, while the time in it still counts.

    Once the answer for a repetition is forgotten (handlers/edge/dispatch.py), it would be done anew
    for whoever has recorded it.
    """

    def __init__(self) -> None:
        self._at_s: dict[str, float] = {}

    def note(self, signature: str) -> None:
        now_s = time.time()
        self._at_s.setdefault(signature, now_s)
        while (oldest := next(iter(self._at_s))) and self._at_s[oldest] < now_s - 2 * OLDEST_S:
            del self._at_s[oldest]

    def is_replay(self, signature: str) -> bool:
        now_s = time.time()
        return now_s - self._at_s.get(signature, now_s) > dispatch.REMEMBERED_S


async def _event(
    request: web.BaseRequest, bolt: AsyncApp, signing_secret: str, limits: Limits, done: _Done
) -> web.StreamResponse:
    """Answer 401 to what Slack has not signed, of whatever shape, and 400 to what cannot be read.

    More than Slack ever sends counts as not signed: of that, nothing is read.
    """
    signed = _signature(request, now_s=time.time())
    if (
        signed is None
        or request.headers.get("Content-Encoding", "identity").lower() != "identity"
        or (request.content_length or 0) > limits.body_bytes
    ):
        return _not_signed()
    try:
        body = await whole_body(request)
    except NotWhole:
        return _not_signed()
    if not _is_signed(signing_secret, *signed, body) or done.is_replay(signed[1]):
        return _not_signed()
    try:
        asked = _read(body, request)
    except CannotBeRead:
        return web.Response(status=400, text="This request cannot be read.")
    welcome(request)
    answer = await bolt.async_dispatch(asked)
    if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:  # after which Slack sends it again
        done.note(signed[1])
    return await to_aiohttp_response(answer)


async def _page(request: web.BaseRequest, page: Page) -> web.StreamResponse:
    try:
        await whole_body(request)
    except NotWhole:
        return web.Response(status=400)
    asked = AsyncBoltRequest(
        body="",
        query=request.query_string,
        headers=dict(request.headers),
    )
    return await to_aiohttp_response(await page(asked))


async def _private(request: web.BaseRequest, files: Files) -> web.StreamResponse:
    """Answer with a member's file. A wrong address of whatever shape is 404, and says no more."""
    try:
        await whole_body(request)
    except NotWhole:
        return web.Response(status=400)
    named = _PRIVATE.fullmatch(request.path)
    if named is None or request.method not in {"GET", "HEAD"}:
        return _nothing()
    found = await files(named["workspace"], named["kind"], named["secret"])
    if found is None:
        return _nothing()
    tag = f'"{hashlib.sha256(found.content).hexdigest()[:32]}"'
    seconds = int(found.keeps_for.total_seconds())
    headers = {
        "Cache-Control": f"private, max-age={seconds}" if seconds else "private, no-store",
        "ETag": tag,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers=headers)
    headers |= {
        "Content-Type": found.content_type,
        "Content-Disposition": f'attachment; filename="{found.name}"',
    }
    return web.Response(body=found.content, headers=headers)


def _nothing() -> web.Response:
    return web.Response(status=404, text="There is nothing here.")


def _why_refused(request: web.BaseRequest) -> str:
    """Tell a signature by another secret from none: only the one is a matter of settings."""
    signed = _signature(request, now_s=time.time())
    return UNSIGNED if signed is None else WRONGLY_SIGNED


def _not_signed() -> web.Response:
    return web.Response(status=401, text=NOT_SIGNED)


def _first_look(first: bytes) -> bytes | None:
    """Refuse by its bytes a whole request to EVENTS_PATH that does not even name a signature."""
    head, _, body = first.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *([0-9]{1,5})(\r|$)", head.lower())
    if (
        head.startswith(f"POST {EVENTS_PATH} ".encode())
        and b"x-slack-signature" not in head.lower()
        and length is not None
        and len(body) == int(length[1])
    ):
        return REFUSAL
    return None


def _signature(request: web.BaseRequest, *, now_s: float) -> tuple[str, str] | None:
    """Find the timestamp and the signature; None unless there is one of each, now and well-formed.

    What int() would take besides (signs, spaces, other digits) is not of Slack's making.
    """
    times = request.headers.getall("X-Slack-Request-Timestamp", [])
    signatures = request.headers.getall("X-Slack-Signature", [])
    if len(times) != 1 or len(signatures) != 1:
        return None
    if not re.fullmatch(r"[0-9]{1,12}", times[0], re.ASCII):
        return None
    if not re.fullmatch(r"v0=[0-9a-f]{64}", signatures[0], re.ASCII):
        return None
    if abs(now_s - int(times[0])) > OLDEST_S:
        return None
    return times[0], signatures[0]


def _is_signed(secret: str, timestamp: str, signature: str, body: bytes) -> bool:
    """Say whether the signature is over these very bytes.

    slack_sdk's verifier would decode them first, and fail on what is not UTF-8.
    """
    signed = b"v0:" + timestamp.encode() + b":" + body
    right = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={right}", signature)


def _read(body: bytes, request: web.BaseRequest) -> AsyncBoltRequest:
    """Read what was signed as Bolt does. Raises CannotBeRead for what Slack does not send."""
    try:
        text = body.decode()
        is_json = request.content_type == "application/json" or text.startswith("{")
        if not is_json:
            _refuse_odd_fields(text)
        asked = AsyncBoltRequest(
            body=text, query=request.query_string, headers=dict(request.headers)
        )
        _refuse_odd_text(asked.body)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise CannotBeRead from None
    if not (asked.body.get("type") or asked.body.get("command") or asked.body.get("ssl_check")):
        raise CannotBeRead
    for kind, names in SHAPES.items():
        if not all(isinstance(asked.body.get(name), kind | None) for name in names):
            raise CannotBeRead
    for name in ("actions", "authorizations", "response_urls"):
        if not all(isinstance(one, dict) for one in asked.body.get(name) or ()):
            raise CannotBeRead
    return asked


def _refuse_odd_fields(form: str) -> None:
    """Raise ValueError for a form with too many fields, or with one twice."""
    fields = parse_qsl(form, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    if len({name for name, _ in fields}) < len(fields):
        raise ValueError("a field stands there twice")


def _refuse_odd_text(body: Mapping[str, object]) -> None:
    """Raise ValueError for text that no database takes: half a surrogate pair, or NUL."""
    written = json.dumps(body, ensure_ascii=False).encode()
    if b"\\u0000" in written.replace(b"\\\\", b""):
        raise ValueError("there is a NUL in it")
