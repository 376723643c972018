"""Two hundred workspaces of five hundred members on one Postgres, in one process and in two.

`/checkin` over HTTP with OAuth's tokens, beside bare slack-bolt apps of one token that look nothing
up; then a Monday on which all weekly messages are due, while people go on checking in. Slack, and
whoever types, are further processes on the same machine.
"""

import asyncio
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from benchmarks.ack import ROOT, StandIn, burst, send_command, web_api
from benchmarks.load_figures import (
    all_due,
    cpu_s_of_postgres,
    plans,
    size_of,
    statements,
    until_finished,
)
from benchmarks.load_world import DUE_AT, World, make_world
from benchmarks.prepared import SECRET, TOKEN, free_port
from benchmarks.replica import ReplicasOrders, to_text
from benchmarks.tick import empty_database
from bot.kernel.database import Database, open_database

NAME = "load"
WORKSPACES, EACH, WEEKS = 200, 500, 4
AT_ONCE = 50
PACED_PER_S, PACED_S = 50, 10
BESIDE_PER_S = 10
REFUSED_MS = 3_000.0
"""What a refused one counts: Slack shows its own error after so long."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """The processes under load, where they listen, and who types there."""

    processes: Sequence[psutil.Process]
    ports: Sequence[int]
    world: World
    session: aiohttp.ClientSession
    slack: Connection
    reports: Sequence[Path] = field(default_factory=list)

    async def send(self, number: int, trigger: str) -> int:
        """Type `/checkin` as somebody of some workspace, at the process whose turn it is."""
        port = self.ports[number % len(self.ports)]
        where = self.world.workspaces[number * 7 % len(self.world.workspaces)]
        who = self.world.mentees[number * 13 % len(self.world.mentees)]
        url = f"http://127.0.0.1:{port}/slack/events"
        return await send_command(self.session, url, who, trigger, workspace=where)

    async def opened(self, label: str, count: int) -> dict[str, float]:
        """When the view of each trigger was opened, once all are."""
        give_up_at = time.monotonic() + 60
        while True:
            self.slack.send(label)
            found: dict[str, float] = await asyncio.to_thread(self.slack.recv)
            if len(found) >= count or time.monotonic() > give_up_at:
                return found
            await asyncio.sleep(0.1)

    def used_s(self) -> Sequence[float]:
        """The processor time of the apps, and of Postgres."""
        apps = sum(sum(one.cpu_times()[:2]) for one in self.processes)
        return apps, cpu_s_of_postgres(self.world.url)

    def rss_mb(self) -> list[int]:
        return [round(one.memory_info().rss / 1e6) for one in self.processes]


def run(
    *,
    quick: bool,
    workspaces: int | None = None,
    members: int | None = None,
    weeks: int | None = None,
    everybody: bool = False,
) -> list[dict[str, object]]:
    """Rows for bare apps and Cairn in one process and in two, then what its statements took.

    `weeks` is how long the history is. With `everybody`, mentees' fortnightly prompts are due on
    the Monday, too.
    """
    sizes = (
        workspaces or (20 if quick else WORKSPACES),
        members or (100 if quick else EACH),
        weeks or WEEKS,
    )
    requests = 1_000 if quick else 4_000
    return asyncio.run(_run(*sizes, requests=requests, everybody=everybody))


async def _run(
    workspaces: int, members: int, weeks: int, *, requests: int, everybody: bool
) -> list[dict[str, object]]:
    with empty_database("postgres") as url, tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        world = await make_world(
            url, Path(folder), workspaces=workspaces, members=members, weeks=weeks, token=TOKEN
        )
        seeded_s = time.perf_counter() - began
        _tell(f"filled in {seeded_s:.0f} s")
        outside = open_database(world.superuser_url)
        columns: dict[str, dict[str, Any]] = {}
        reports: list[dict[str, Any]] = []
        for number, processes in enumerate((1, 2)):
            _tell(f"{processes} process(es)")
            bare = await _bare(world, processes, requests)
            monday = DUE_AT + timedelta(weeks=number)
            ours, found = await _cairn(
                world, outside, processes, requests, monday, everybody=everybody
            )
            ours |= {
                f"{name}_ratio": float(ours[name]) / float(bare[name])
                for name in ("per_s", "view_p99_ms", "cpu_ms")
            }
            columns |= {f"bare_{processes}": bare, f"cairn_{processes}": ours}
            reports = reports or found
        once = {
            "workspaces": workspaces,
            "members": workspaces * members,
            "weeks": weeks,
            "seeded_s": seeded_s,
            **await size_of(outside),
            **statements("check-ins", reports[0]),
            **statements("Monday", reports[1]),
        }
        rows = [{"what": what, "cairn_1": figure} for what, figure in once.items()]
        found_by = await plans(outside, reports)
        await outside.close()
    return [*_by_figure(columns), *rows, *found_by]


def _by_figure(columns: dict[str, dict[str, Any]]) -> list[dict[str, object]]:
    """Turn a column for each app into a row for each figure."""
    names = dict.fromkeys(name for one in columns.values() for name in one)
    return [
        {"what": name, **{app: one.get(name) for app, one in columns.items()}} for name in names
    ]


def _tell(what: str) -> None:
    sys.stderr.write(f"load: {what}\n")


@asynccontextmanager
async def _slack() -> AsyncIterator[tuple[str, Connection]]:
    """Slack's stand-in in a process of its own: its address, and the way to ask what it opened."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_answer_for_slack, args=(theirs,), daemon=True)
    process.start()
    try:
        yield await asyncio.to_thread(ours.recv), ours
    finally:
        process.terminate()
        process.join()


def _answer_for_slack(asked: Connection) -> None:
    async def serve() -> None:
        stand_in = StandIn()
        async with web_api(stand_in) as api_url:
            asked.send(api_url)
            while True:
                label = await asyncio.to_thread(asked.recv)
                opened = stand_in.opened.items()
                asked.send({key: at for key, at in opened if key.startswith(label)})

    asyncio.run(serve())


@asynccontextmanager
async def _fleet(
    world: World, commands: Sequence[Sequence[str]], ports: Sequence[int], slack: Connection
) -> AsyncIterator[Fleet]:
    started = [subprocess.Popen(one, cwd=ROOT, env={**os.environ}) for one in commands]  # noqa: ASYNC220 - before anything is measured
    connector = aiohttp.TCPConnector(limit=0)
    try:
        async with aiohttp.ClientSession(connector=connector) as session:
            processes = [psutil.Process(one.pid) for one in started]
            fleet = Fleet(processes, ports, world, session, slack)
            await _until_all_answer(fleet)
            yield fleet
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait()


async def _until_all_answer(fleet: Fleet) -> None:
    for number in range(len(fleet.ports)):
        for _ in range(600):
            with suppress(aiohttp.ClientError):
                if await fleet.send(number, f"hello-{number}") == 200:
                    break
            await asyncio.sleep(0.1)
        else:
            raise RuntimeError("an app did not start")


async def _bare(world: World, processes: int, requests: int) -> dict[str, Any]:
    ports = [free_port() for _ in range(processes)]
    async with _slack() as (api_url, slack):
        given = ("--api-url", api_url, "--token", TOKEN, "--secret", SECRET)
        commands = [
            (sys.executable, "-m", "benchmarks.bare_bolt", *given, "--port", str(port))
            for port in ports
        ]
        async with _fleet(world, commands, ports, slack) as fleet:
            return await _checkins(fleet, requests)


def _orders(world: World, api_url: str, port: int, now: datetime, report: Path) -> Sequence[str]:
    orders = ReplicasOrders(
        world.url, api_url, str(world.keys), SECRET, port, now.isoformat(), str(report)
    )
    return (sys.executable, "-W", "ignore", "-m", "benchmarks.replica", to_text(orders))


async def _cairn(
    world: World,
    outside: Database,
    processes: int,
    requests: int,
    monday: datetime,
    *,
    everybody: bool,
) -> tuple[dict[str, Any], list[dict[str, object]]]:
    """Check-ins on a day on which nothing is due, then the Monday."""
    ports = [free_port() for _ in range(processes)]
    with tempfile.TemporaryDirectory() as folder:
        reports = [Path(folder) / f"{number}.json" for number in range(processes)]
        await all_due(outside, monday, everybody=everybody)
        async with _slack() as (api_url, slack):
            quiet = monday - timedelta(days=7) + timedelta(hours=1)
            commands = [
                _orders(world, api_url, *one)
                for one in zip(ports, [quiet] * processes, reports, strict=True)
            ]
            async with _fleet(world, commands, ports, slack) as fleet:
                figures = await _checkins(fleet, requests)
            _tell(f"checked in: {figures}")
            checkins = [json.loads(one.read_text()) for one in reports]
            commands = [
                _orders(world, api_url, *one)
                for one in zip(ports, [monday] * processes, reports, strict=True)
            ]
            async with _fleet(world, commands, ports, slack) as fleet:
                figures |= await _monday(fleet, outside, monday)
            mondays = [json.loads(one.read_text()) for one in reports]
    figures |= {
        "lag_p99_ms": max(one["lag_p99_ms"] for one in checkins),
        "monday_lag_p99_ms": max(one["lag_p99_ms"] for one in mondays),
        "monday_lag_worst_ms": max(one["lag_worst_ms"] for one in mondays),
        "connections": " ".join(str(one["connections"]) for one in mondays),
    }
    return figures, [checkins[0], mondays[0]]


async def _checkins(fleet: Fleet, requests: int) -> dict[str, Any]:
    """As many as it takes, AT_ONCE at a time; then at a pace that comes whatever it does."""
    refused: list[str] = []
    await burst(fleet.send, 4 * AT_ONCE, "warm", at_once=AT_ONCE, refused=[])
    began, before = time.perf_counter(), fleet.used_s()
    sent, _ = await burst(fleet.send, requests, "run", at_once=AT_ONCE, refused=refused)
    opened = await fleet.opened("run", requests - len(refused))
    used = [
        (now - then) / requests * 1000 for now, then in zip(fleet.used_s(), before, strict=True)
    ]
    view_ms = [(opened[key] - sent[key]) * 1000 for key in opened]
    paced = await _paced(fleet, "paced", per_s=PACED_PER_S, seconds=PACED_S)
    return {
        "at_once": AT_ONCE,
        "refused": len(refused),
        "per_s": len(opened) / (max(opened.values()) - began),
        "view_p50_ms": statistics.median(view_ms),
        "view_p99_ms": statistics.quantiles(view_ms, n=100)[98],
        "cpu_ms": used[0],
        "postgres_ms": used[1],
        f"at_{PACED_PER_S}_per_s_p99_ms": paced,
        "rss_mb": " ".join(map(str, fleet.rss_mb())),
    }


async def _paced(fleet: Fleet, label: str, *, per_s: int, seconds: float) -> float:
    """The slowest but one in a hundred, in ms to the opened view, of those that come at a pace."""
    sent: dict[str, float] = {}
    refused: list[str] = []

    async def type_one(number: int) -> None:
        trigger = f"{label}-{number}"
        sent[trigger] = time.perf_counter()
        if await fleet.send(number, trigger) != 200:
            refused.append(trigger)

    began, under_way = time.perf_counter(), []
    for number in range(int(per_s * seconds)):
        await asyncio.sleep(max(0.0, began + number / per_s - time.perf_counter()))
        under_way.append(asyncio.create_task(type_one(number)))
    await asyncio.gather(*under_way)
    opened = await fleet.opened(label, len(sent) - len(refused))
    took_ms = [(opened[key] - sent[key]) * 1000 for key in opened] + [REFUSED_MS] * len(refused)
    return statistics.quantiles(took_ms, n=100)[98]


async def _monday(fleet: Fleet, outside: Database, monday: datetime) -> dict[str, Any]:
    """Everything is due as the processes start; people check in meanwhile, ten in a second."""
    finishing = asyncio.create_task(until_finished(outside, monday, fleet.used_s))
    worst_ms, rss, number = [], list[int](), 0
    while not finishing.done():
        number += 1
        worst_ms.append(await _paced(fleet, f"monday{number}:", per_s=BESIDE_PER_S, seconds=3))
        rss.append(max(fleet.rss_mb()))
    return {
        **await finishing,
        "beside_p99_ms": max(worst_ms),
        "monday_rss_mb": max(rss),
    }
