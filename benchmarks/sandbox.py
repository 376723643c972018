"""Messages a second that the sandbox takes, beside a bare Starlette route on the same server.

Both run in a process of their own and are asked by the same client over the same connections. The
sandbox reads the token, checks scopes, arguments and limits, keeps the message and logs the call;
the bare route reads the JSON and answers a fixed one. Limits are set above the load, not off, so
that their cost is in the figure.
"""

import asyncio
import contextlib
import json
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from slack_sandbox.seed import TEAM_ID, populate
from slack_sandbox.server import create_server, listen
from slack_sandbox.world import World

NAME = "sandbox"
CONCURRENT = 32
ROUNDS = 3
PEOPLE = 500
BURST_PER_MIN = 525
"""What Slack lets an app post in one workspace, as others have measured; see sandbox/limits.py."""
NEEDED_PER_S = BURST_PER_MIN / 60 * 10
"""Ten times what the bot may send in a burst: below that, the sandbox would be what is measured."""
NO_LIMIT_PER_MIN = 10_000_000
BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "Two of your mentees are due."}}]


def run(*, quick: bool) -> list[dict[str, object]]:
    """Rows for the bare route and the sandbox: the median rate of three rounds, taken in turn,
    p50 and p99 in ms, the share of the bare rate, and how many times the needed rate it is."""
    messages = 1_000 if quick else 5_000
    with _process(_serve_bare) as bare, _process(_serve_sandbox) as box:
        rounds = asyncio.run(_measure(bare, box, messages))
    rows = [_row(name, rounds[name]) for name in ("bare starlette", "sandbox")]
    bare_rate, rate = (float(str(row["messages_per_s"])) for row in rows)
    rows[1] |= {
        "share_of_bare": rate / bare_rate,
        "needed_per_s": NEEDED_PER_S,
        "times_needed": rate / NEEDED_PER_S,
    }
    return rows


def _row(name: str, rounds: list[tuple[float, list[float]]]) -> dict[str, object]:
    latencies = sorted(ms for _, each in rounds for ms in each)
    return {
        "what": name,
        "messages": len(latencies),
        "concurrent": CONCURRENT,
        "messages_per_s": statistics.median(rate for rate, _ in rounds),
        "p50_ms": statistics.median(latencies),
        "p99_ms": latencies[int(len(latencies) * 0.99)],
    }


async def _measure(
    bare: str, box: str, messages: int
) -> dict[str, list[tuple[float, list[float]]]]:
    found: dict[str, list[tuple[float, list[float]]]] = {"bare starlette": [], "sandbox": []}
    connector = aiohttp.TCPConnector(limit=CONCURRENT)
    async with aiohttp.ClientSession(connector=connector) as session:
        await _set_up(session, box)
        for address in (bare, box):
            await _post_all(session, address, CONCURRENT * 4)
        for _ in range(ROUNDS):
            for name, address in (("bare starlette", bare), ("sandbox", box)):
                found[name].append(await _post_all(session, address, messages))
    return found


async def _set_up(session: aiohttp.ClientSession, address: str) -> None:
    people = [{"id": f"U0P{number}", "name": f"p{number}"} for number in range(PEOPLE)]
    limits = {
        "posts_per_minute_per_workspace": NO_LIMIT_PER_MIN,
        "post_per_second_per_channel": NO_LIMIT_PER_MIN,
        "post_burst_per_channel": NO_LIMIT_PER_MIN,
    }
    for path, body in (("users", {"users": people}), ("limits", limits)):
        async with session.post(f"{address}/_sandbox/{path}", json=body) as answer:
            if answer.status != 200:
                raise RuntimeError(await answer.text())


async def _post_all(
    session: aiohttp.ClientSession, address: str, messages: int
) -> tuple[float, list[float]]:
    """Messages a second, and each one's milliseconds."""
    numbers = iter(range(messages))
    latencies: list[float] = []
    headers = {"Authorization": f"Bearer xoxb-sandbox-{TEAM_ID}"}

    async def worker() -> None:
        for number in numbers:
            body = {
                "channel": f"U0P{number % PEOPLE}",
                "text": "Two of your mentees are due.",
                "blocks": BLOCKS,
                "metadata": {"event_type": "benchmark", "event_payload": {"n": number}},
            }
            sent_s = time.perf_counter()
            async with session.post(
                f"{address}/api/chat.postMessage", json=body, headers=headers
            ) as answer:
                said = await answer.json()
            latencies.append((time.perf_counter() - sent_s) * 1000)
            if not said["ok"]:
                raise RuntimeError(f"refused: {said}")

    started_s = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(CONCURRENT)))
    return messages / (time.perf_counter() - started_s), latencies


@contextlib.contextmanager
def _process(serve: Callable[[Connection], None]) -> Iterator[str]:
    """Run `serve` in a process of its own; gives its address."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there,), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def _serve_bare(told: Connection) -> None:
    async def post(request: Request) -> Response:
        said = json.loads(await request.body())
        return JSONResponse({"ok": True, "channel": said["channel"], "ts": "1.0"})

    routes = [Route("/api/chat.postMessage", post, methods=["POST"])]
    config = uvicorn.Config(
        Starlette(routes=routes), http="h11", log_config=None, access_log=False, lifespan="off"
    )
    _serve(uvicorn.Server(config), told)


def _serve_sandbox(told: Connection) -> None:
    world = World()
    populate(world)
    _serve(create_server(world), told)


def _serve(server: uvicorn.Server, told: Connection) -> None:
    listener = listen("127.0.0.1", 0)
    told.send(f"http://127.0.0.1:{listener.getsockname()[1]}")
    asyncio.run(server.serve(sockets=[listener]))
