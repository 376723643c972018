"""A hundred signed check-ins a second, alone and beside a crowd of strangers at the same port.

The crowd is in `crowd.py`. The check-ins come whether or not earlier ones have been answered, as
Slack's do; Slack waits three seconds.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import aiohttp
import psutil

from benchmarks.ack import ROOT, StandIn, cairn_command, send_command, until_it_answers, web_api
from benchmarks.crowd import FLOODS, HALVES, SLOW
from benchmarks.prepared import SECRET, TOKEN, free_port, prepared_database
from benchmarks.tick import empty_database

PER_SECOND = 100
SLACK_WAITS_S = 3.0
Seen = dict[str, Any]


def run(*, quick: bool) -> list[dict[str, object]]:
    """Rows for the check-ins alone and beside the crowd: seconds to the ack and to the opened view,
    how many were answered within Slack's three seconds, the ratio, and what the crowd got done."""
    return asyncio.run(_run(seconds=15 if quick else 40))


async def _run(*, seconds: int) -> list[dict[str, object]]:
    stand_in, port = StandIn(), free_port()
    with tempfile.TemporaryDirectory() as folder, empty_database("sqlite") as url:
        database = await prepared_database(Path(folder), url=url)
        async with web_api(stand_in) as api_url:
            env = os.environ | {
                "SLACK_API_URL": api_url,
                "SLACK_BOT_TOKEN": TOKEN,
                "SLACK_SIGNING_SECRET": SECRET,
                "DATABASE_URL": database.url,
                "KEY_DIR": database.keys,
            }
            with (
                tempfile.TemporaryFile("w+") as log_file,
                _serving(cairn_command(api_url, port), env, log_file) as app,
            ):
                return await _compare(
                    app, port, stand_in, database.mentees, seconds=seconds, log_file=log_file
                )


async def _compare(
    app: psutil.Process,
    port: int,
    stand_in: StandIn,
    mentees: list[str],
    *,
    seconds: int,
    log_file: IO[str],
) -> list[dict[str, object]]:
    url = f"http://127.0.0.1:{port}/slack/events"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await until_it_answers(session, url, mentees[0])
        await _checkins(session, url, mentees, stand_in, label="warm", seconds=3)
        alone = await _checkins(session, url, mentees, stand_in, label="alone", seconds=seconds)
        before, lines = app.memory_info().rss, _lines(log_file)
        with _crowd(port) as told:
            beside = await _checkins(
                session, url, mentees, stand_in, label="beside", seconds=seconds
            )
            beside["connections"] = len(app.net_connections("tcp"))
            beside["grown_mb"] = (app.memory_info().rss - before) / 1e6
        written = _lines(log_file) - lines
    refused = {f"{name}_per_s": count / seconds for name, count in told.items()}
    return [
        {"case": f"{PER_SECOND} check-ins a second, alone", **alone},
        {
            "case": f"beside {HALVES:,} halves, {SLOW} slow, {FLOODS:,} floods",
            **beside,
            "p99_ratio": beside["view_p99_s"] / alone["view_p99_s"],
            "log_lines": written,
            **refused,
        },
    ]


async def _checkins(
    session: aiohttp.ClientSession,
    url: str,
    mentees: list[str],
    stand_in: StandIn,
    *,
    label: str,
    seconds: int,
) -> Seen:
    """Send commands at the pace, whatever becomes of them, and see when each was answered."""
    acked: dict[str, float] = {}
    sent: dict[str, float] = {}
    failed: list[str] = []

    async def one(number: int) -> None:
        trigger = f"{label}-{number}"
        sent[trigger] = time.perf_counter()
        try:
            async with asyncio.timeout(4 * SLACK_WAITS_S):
                status = await send_command(session, url, mentees[number % len(mentees)], trigger)
        except (aiohttp.ClientError, TimeoutError) as failure:
            failed.append(type(failure).__name__)
            return
        if status == 200:
            acked[trigger] = time.perf_counter() - sent[trigger]
        else:
            failed.append(str(status))

    started, under_way = time.perf_counter(), []
    for number in range(PER_SECOND * seconds):
        await asyncio.sleep(max(0.0, started + number / PER_SECOND - time.perf_counter()))
        under_way.append(asyncio.create_task(one(number)))
    await asyncio.gather(*under_way)
    await asyncio.sleep(SLACK_WAITS_S)
    opened = [stand_in.opened[key] - sent[key] for key in sent if key in stand_in.opened]
    in_time = sum(took < SLACK_WAITS_S for took in acked.values())
    return {
        "sent": len(sent),
        "acked_in_3_s": in_time,
        "failed": ", ".join(sorted(set(failed))) or "none",
        **_spread("ack", list(acked.values())),
        **_spread("view", opened),
    }


def _lines(log_file: IO[str]) -> int:
    log_file.seek(0)
    return len(log_file.read().splitlines())


def _spread(name: str, took: list[float]) -> Seen:
    if len(took) < 2:
        return {f"{name}_p50_s": None, f"{name}_p99_s": float("inf"), f"{name}_slowest_s": None}
    return {
        f"{name}_p50_s": statistics.median(took),
        f"{name}_p99_s": statistics.quantiles(took, n=100)[98],
        f"{name}_slowest_s": max(took),
    }


@contextmanager
def _serving(
    command: list[str], env: dict[str, str], log_file: IO[str]
) -> Iterator[psutil.Process]:
    process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=log_file)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _crowd(port: int) -> Iterator[dict[str, int]]:
    """Let the crowd in, and tell at the end how often each kind was done with."""
    told: dict[str, int] = {}
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.crowd", str(port)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if process.stdout is None or not process.stdout.readline():
            raise RuntimeError("the crowd did not come")
        yield told
    finally:
        process.terminate()
        said, _ = process.communicate()
        told |= json.loads(said or "{}")
