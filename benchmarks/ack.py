"""`/checkin` to acked and opened view under concurrent requests, beside a bare slack-bolt app.

Both run as a process of their own behind uvicorn, take the same signed requests, and open their
view at the same stand-in for Slack's Web API. The bare app opens a fixed view; Cairn looks the
member, the programme, the group and the stage up in its database first, once on each engine.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import psutil
import uvicorn
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from benchmarks.prepared import SECRET, TOKEN, WORKSPACE, free_port, prepared_database
from benchmarks.tick import empty_database
from runtime.demo.cast import made_up_cast

NAME = "ack"
CONCURRENT = 200
ROOT = Path(__file__).parents[1]
Send = Callable[[int, str], Awaitable[int]]
"""Sends the command of this number with this trigger; the status of the answer."""


PRIVATE = {"id": "C1", "name": "mentoring", "is_private": True, "is_member": True}


@dataclass(slots=True)
class StandIn:
    """Takes views.open and notes when the view of each trigger arrived; counts other calls by name,
    but for auth.test, with which every app starts."""

    opened: dict[str, float] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)

    async def answer(self, request: Request) -> Response:
        method = request.path_params["method"]
        body = (
            await request.json()
            if request.headers["content-type"].startswith("application/json")
            else dict(await request.form())
        )
        if method == "views.open":
            self.opened[str(body["trigger_id"])] = time.perf_counter()
            return JSONResponse({"ok": True, "view": {"id": "V1", "hash": "1"}})
        if method == "auth.test":
            return JSONResponse(
                {"ok": True, "team_id": WORKSPACE, "user_id": "U0BOT", "bot_id": "B0", "url": ""}
            )
        self.others[method] += 1
        channel = PRIVATE if method.startswith("conversations.") else "C1"
        person = {"members": ["U0CAROL"], "user": {"id": "U0CAROL"}}
        return JSONResponse({"ok": True, "ts": "1", "channel": channel, **person})


def run(*, quick: bool) -> list[dict[str, object]]:
    """Rows for bare slack-bolt and Cairn on each engine: requests per second, p50 and p99 in ms to
    the ack and to the opened view, the app's processor time per request, and the ratios to the
    baseline."""
    return asyncio.run(_run(requests=2_000 if quick else 6_000))


async def _run(*, requests: int) -> list[dict[str, object]]:
    about: dict[str, object] = {"requests": requests, "concurrent": CONCURRENT}
    mentees = list(made_up_cast().mentees)
    baseline = await _measure(_bare_command, {}, mentees, requests)
    rows = [{"app": "bare slack-bolt", **about, **baseline}]
    for engine in ("sqlite", "postgres"):
        figures = await _measure_cairn(engine, requests)
        ratios: dict[str, object] = {
            "throughput_ratio": figures["requests_per_s"] / baseline["requests_per_s"],
            "p99_ratio": figures["view_p99_ms"] / baseline["view_p99_ms"],
        }
        ratios["cpu_ratio"] = figures["cpu_ms"] / baseline["cpu_ms"]
        rows.append({"app": f"cairn on {engine}", **about, **figures, **ratios})
    return rows


async def _measure_cairn(engine: str, requests: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, empty_database(engine) as url:
        database = await prepared_database(Path(folder), url=url)
        env = {"DATABASE_URL": database.url, "KEY_DIR": database.keys}
        return await _measure(cairn_command, env, database.mentees, requests)


def _bare_command(api_url: str, port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "benchmarks.bare_bolt", "--api-url", api_url),
        *("--token", TOKEN, "--secret", SECRET, "--port", str(port)),
    ]


def cairn_command(_api_url: str, port: int) -> list[str]:
    return [sys.executable, "app.py", "serve", "--http", "--port", str(port)]


async def _measure(
    command: Callable[[str, int], list[str]],
    env: dict[str, str],
    mentees: list[str],
    requests: int,
) -> dict[str, Any]:
    stand_in = StandIn()
    async with web_api(stand_in) as api_url:
        port = free_port()
        settings = {
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": api_url,
            "LOG_LEVEL": "ERROR",
        }
        process = subprocess.Popen(  # noqa: ASYNC220 - started once, before anything is measured
            command(api_url, port), cwd=ROOT, env={**os.environ, **settings, **env}
        )
        try:
            return await _load(port, psutil.Process(process.pid), stand_in, mentees, requests)
        finally:
            process.terminate()
            process.wait()


async def _load(
    port: int, app: psutil.Process, stand_in: StandIn, mentees: list[str], requests: int
) -> dict[str, Any]:
    url = f"http://127.0.0.1:{port}/slack/events"
    connector = aiohttp.TCPConnector(limit=CONCURRENT)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def send(number: int, trigger: str) -> int:
            return await send_command(session, url, mentees[number % len(mentees)], trigger)

        await until_it_answers(session, url, mentees[0])
        await burst(send, CONCURRENT, "warm")
        await _until_opened(stand_in, "warm", CONCURRENT)
        started, before = time.perf_counter(), app.cpu_times()
        sent, acked = await burst(send, requests, "run")
        await _until_opened(stand_in, "run", requests)
        cpu_s = sum(app.cpu_times()[:2]) - sum(before[:2])
    opened = {key: at for key, at in stand_in.opened.items() if key.startswith("run")}
    seconds = max(opened.values()) - started
    ack_ms = [(acked[key] - sent[key]) * 1000 for key in sent]
    view_ms = [(opened[key] - sent[key]) * 1000 for key in sent]
    return {
        "requests_per_s": requests / seconds,
        "ack_p50_ms": statistics.median(ack_ms),
        "ack_p99_ms": statistics.quantiles(ack_ms, n=100)[98],
        "view_p50_ms": statistics.median(view_ms),
        "view_p99_ms": statistics.quantiles(view_ms, n=100)[98],
        "cpu_ms": cpu_s / requests * 1000,
        "views_opened": len(opened),
        "other_calls": ", ".join(f"{n} {name}" for name, n in stand_in.others.items()) or "none",
    }


async def burst(
    send: Send,
    count: int,
    label: str,
    *,
    at_once: int = CONCURRENT,
    refused: list[str] | None = None,
) -> tuple[dict[str, float], dict[str, float]]:
    """Send `count` commands, `at_once` at a time; when each was sent and acked.

    Raises RuntimeError for one that is refused, unless there is a list to note its trigger in.
    """
    numbers = iter(range(count))
    sent: dict[str, float] = {}
    acked: dict[str, float] = {}

    async def worker() -> None:
        for number in numbers:
            trigger = f"{label}-{number}"
            sent[trigger] = time.perf_counter()
            status = await send(number, trigger)
            acked[trigger] = time.perf_counter()
            if status == 200:
                continue
            if refused is None:
                raise RuntimeError(f"the app answered {status}")
            refused.append(trigger)

    await asyncio.gather(*(worker() for _ in range(at_once)))
    return sent, acked


async def send_command(
    session: aiohttp.ClientSession,
    url: str,
    user: str,
    trigger: str,
    *,
    workspace: str = WORKSPACE,
) -> int:
    body = urlencode(
        {
            "command": "/checkin",
            "text": "",
            "team_id": workspace,
            "user_id": user,
            "channel_id": "C0ANY",
            "trigger_id": trigger,
            "response_url": "",
        }
    )
    timestamp = str(int(time.time()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=body)
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": str(signature),
    }
    async with session.post(url, data=body, headers=headers) as answer:
        await answer.read()
        return answer.status


async def until_it_answers(session: aiohttp.ClientSession, url: str, user: str) -> None:
    for _ in range(400):
        try:
            if await send_command(session, url, user, "hello") == 200:
                return
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)
    raise RuntimeError("the app did not start")


async def _until_opened(stand_in: StandIn, label: str, count: int) -> None:
    for _ in range(1_200):
        if sum(key.startswith(label) for key in stand_in.opened) >= count:
            return
        await asyncio.sleep(0.05)
    raise RuntimeError(f"{count} views were asked for and only {len(stand_in.opened)} opened")


@asynccontextmanager
async def web_api(stand_in: StandIn) -> AsyncIterator[str]:
    port = free_port()
    routes = [Route("/api/{method}", stand_in.answer, methods=["POST", "GET"])]
    config = uvicorn.Config(
        Starlette(routes=routes),
        port=port,
        log_level="critical",
        access_log=False,
        timeout_keep_alive=600,  # Slack does not close a connection that is about to be used
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}/api/"
    finally:
        server.should_exit = True
        await serving
