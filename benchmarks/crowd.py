"""`python -m benchmarks.crowd PORT`: strangers who hold a port open and pour into it, until killed.

A thousand halves of requests, a hundred that come a byte at a time, a thousand that ask without a
signature as fast as they are refused. Each comes again as soon as it is closed. They have machines
of their own, so here they take only what processor time the bot leaves.
"""

import asyncio
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

HALVES, SLOW, FLOODS = 1_000, 100, 1_000
BYTE_EVERY_S = 0.5
AT_ONCE = 50
"""How many begin together, so that the machine's own queue of connections does not overflow."""
HEAD = (
    "POST /slack/events HTTP/1.1\r\nHost: cairn\r\nContent-Length: 18\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n"
)
Stranger = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send half a head and wait."""
    writer.write(HEAD[:40].encode())
    await reader.read()


async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a byte at a time, with a signature that only looks like one."""
    shape = f"X-Slack-Request-Timestamp: {int(time.time())}\r\nX-Slack-Signature: v0={'0' * 64}\r\n"
    ended = asyncio.ensure_future(reader.read())
    for byte in f"{HEAD}{shape}\r\ncommand=%2Fcheckin".encode():
        writer.write(bytes([byte]))
        await asyncio.wait({ended}, timeout=BYTE_EVERY_S)
        if ended.done():
            return
    await ended


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ask without a signature, and read the refusal."""
    writer.write(f"{HEAD}\r\ncommand=%2Fcheckin".encode())
    await reader.readline()


async def come_again(stranger: Stranger, port: int, count: Counter[str]) -> None:
    """Connect, do it, and connect again, for ever."""
    while True:
        writer = None
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await stranger(reader, writer)
            count[stranger.__name__] += 1
        except OSError:
            await asyncio.sleep(0.1)
        finally:
            if writer is not None:
                writer.close()


async def main(port: int) -> None:
    os.nice(19)
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8_192), hard))
    count: Counter[str] = Counter()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    strangers = []
    for stranger, many in ((half, HALVES), (slow, SLOW), (flood, FLOODS)):
        for number in range(many):
            strangers.append(asyncio.create_task(come_again(stranger, port, count)))
            if number % AT_ONCE == 0:
                await asyncio.sleep(0.01)
    sys.stdout.write("here\n")
    sys.stdout.flush()
    await stop.wait()
    for one in strangers:
        one.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*strangers, return_exceptions=True)
    sys.stdout.write(json.dumps(count) + "\n")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
