"""Requests as bytes, honest and not, and a hand that knocks with them at an open port."""

import asyncio
import hashlib
import hmac
import time
from contextlib import suppress

from runtime.demo.sandbox import SIGNING_SECRET

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
PATIENCE_S = 5.0


def signature(body: bytes, timestamp: str, secret: str = SIGNING_SECRET) -> str:
    """Sign as Slack does."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return f"v0={hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()}"


def looks_signed(timestamp: str | None = None, value: str = f"v0={'0' * 64}") -> bytes:
    """Headers of the right shape around a signature that nobody made."""
    timestamp = str(int(time.time())) if timestamp is None else timestamp
    lines = f"X-Slack-Request-Timestamp: {timestamp}\r\nX-Slack-Signature: {value}\r\n"
    return lines.encode()


def signed(body: bytes, *, timestamp: str | None = None) -> bytes:
    """Headers by which Cairn knows that Slack sent this very body."""
    timestamp = str(int(time.time())) if timestamp is None else timestamp
    return looks_signed(timestamp, signature(body, timestamp))


def request(
    body: bytes = b"",
    headers: bytes = b"",
    *,
    line: str = "POST /slack/events HTTP/1.1",
    kind: str = FORM,
    length: str | None = None,
) -> bytes:
    """A request to the byte; `length` lies about the body's, and "" leaves it out."""
    told = str(len(body)) if length is None else length
    length_line = f"Content-Length: {told}\r\n" if told else ""
    head = f"{line}\r\nHost: cairn\r\nContent-Type: {kind}\r\n{length_line}"
    return head.encode() + headers + b"\r\n" + body


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


async def answered(address: str, raw: bytes) -> bytes:
    """Send these bytes, and no end; all that is answered until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(address))
    said = bytearray()
    try:
        writer.write(raw)
        with suppress(ConnectionError):
            await writer.drain()
            async with asyncio.timeout(PATIENCE_S):
                while chunk := await reader.read(65_536):
                    said += chunk
    except TimeoutError:
        pass
    finally:
        writer.close()
    return bytes(said)


def status(answer: bytes) -> int:
    """The status of an answer, 0 where there was none."""
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and answer.startswith(b"HTTP/") else 0


async def closed_after(
    address: str, *pieces: bytes, pause_s: float = 0.0, within_s: float = PATIENCE_S
) -> float:
    """Send pieces with pauses, then wait; the seconds until the other side closes."""
    started = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(address))
    ended = asyncio.ensure_future(reader.read())
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.wait({ended}, timeout=pause_s)
            if ended.done():
                break
        with suppress(TimeoutError, ConnectionError):
            await asyncio.wait_for(ended, within_s)
        return time.monotonic() - started
    finally:
        ended.cancel()
        writer.close()
