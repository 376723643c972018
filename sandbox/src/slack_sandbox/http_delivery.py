"""HTTP delivery: requests signed as Slack signs them.

docs.slack.dev/authentication/verifying-requests-from-slack. The signature carries the real
time even when the sandbox's clock shows another, because an app compares it with its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

from slack_sandbox import jsons
from slack_sandbox.payloads import ACK_WITHIN_S, Ack, Payload
from slack_sandbox.records import App

MOST_ANSWER_BYTES = 1_000_000
_URL_KEYS = {"events_api": "events", "interactive": "interactivity", "slash_commands": "commands"}


class HttpDelivery:
    """Posts payloads to an app's request URLs over one shared session."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the session."""
        if self._session:
            await self._session.close()
            self._session = None

    async def send(self, app: App, payload: Payload) -> Ack:
        """Post a payload and wait 3 real seconds at most for the answer."""
        url = payload.url or _url(app, payload.kind)
        if not url:
            return Ack(acked=False, ms=0.0, reason="connection_failed")
        body, content_type = _encode(payload)
        headers = sign(app.signing_secret, body) | {"Content-Type": content_type}
        if payload.retry:
            headers["X-Slack-Retry-Num"] = str(payload.retry)
            headers["X-Slack-Retry-Reason"] = payload.retry_reason or "http_error"
        started = time.perf_counter()
        outcome = await self._post(url, body, headers)
        return Ack(ms=(time.perf_counter() - started) * 1000, **outcome)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=500))
        try:
            async with (
                asyncio.timeout(ACK_WITHIN_S),
                self._session.post(url, data=body, headers=headers) as answer,
            ):
                retry = "X-Slack-No-Retry" not in answer.headers
                content = await answer.content.read(MOST_ANSWER_BYTES)
                if not 200 <= answer.status < 300:
                    return {"acked": False, "reason": "http_error", "retry": retry}
                return {"acked": True, "body": _decode(content, answer.content_type)}
        except TimeoutError:
            return {"acked": False, "reason": "http_timeout"}
        except (aiohttp.ClientError, OSError, ValueError):
            return {"acked": False, "reason": "connection_failed"}


def sign(secret: str, body: bytes) -> dict[str, str]:
    """Return the headers by which an app knows that a request is Slack's."""
    stamp = str(int(time.time()))
    base = b"v0:" + stamp.encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    }


def _url(app: App, kind: str) -> str | None:
    return app.request_urls.get(_URL_KEYS[kind]) or app.request_urls.get("all")


def _encode(payload: Payload) -> tuple[bytes, str]:
    if payload.kind == "events_api":
        return json.dumps(payload.body).encode(), "application/json"
    form = (
        payload.body if payload.kind == "slash_commands" else {"payload": json.dumps(payload.body)}
    )
    return urlencode(form, errors="replace").encode(), "application/x-www-form-urlencoded"


def _decode(content: bytes, content_type: str) -> Any:
    text = content.decode("utf-8", "replace")
    if not text.strip():
        return None
    if content_type == "application/json":
        try:
            return jsons.loads(text)
        except ValueError:
            return text
    return {"text": text}
