"""Kills workers until everything is sent, and then asks Slack's side what it took."""

import asyncio
import contextlib
import multiprocessing
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
import psycopg
import sqlalchemy as sa

from bot.delivery import rules
from bot.delivery.model import OutboxState
from bot.delivery.tables import delivery_pace, outbox
from bot.kernel.database import metadata, open_database
from bot.schedule import store as schedule_store
from bot.schedule.model import Once
from tests.crash.worker import KIND, LEASE, POLL_S, WORKSPACE, Orders, recipient, work

ROOT = Path(__file__).parents[2]
FORK = multiprocessing.get_context("fork")
OPEN = ("queued", "sending", "unknown")
FAULTS: list[dict[str, Any]] = [
    {"kind": "drop", "on": "chat.postMessage", "probability": 0.04, "when": "after"},
    {"kind": "drop", "on": "chat.postMessage", "probability": 0.02, "when": "before"},
    {"kind": "status", "on": "chat.postMessage", "probability": 0.03, "when": "after"},
    {"kind": "status", "on": "chat.postMessage", "probability": 0.02, "when": "before"},
    {"kind": "error", "on": "chat.postMessage", "probability": 0.02, "when": "after"},
    {"kind": "hang", "on": "chat.postMessage", "probability": 0.01, "when": "after"},
    {"kind": "hang", "on": "chat.postMessage", "probability": 0.01, "when": "before"},
    {"kind": "delay", "on": "chat.postMessage", "probability": 0.05, "delay_s": 0.4},
    {
        "kind": "ratelimit",
        "on": "chat.postMessage",
        "probability": 0.02,
        "count": 4,
        "retry_after_s": 1,
    },
    {"kind": "drop", "on": "conversations.*", "probability": 0.03, "when": "after"},
    {"kind": "status", "on": "conversations.*", "probability": 0.03, "when": "before"},
]

LIMITS: dict[str, Any] = {
    "posts_per_minute_per_workspace": 60_000,
    "methods_per_minute": {"conversations.history": 6000, "conversations.open": 6000},
}
"""Wide enough that the run takes minutes: it is about kills, and 429s are among the faults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run of the proof."""

    engine: str
    workers: int
    messages: int
    kills: int
    longest_life_steps: int = 500
    seed: int = 1
    commit_after_send: bool = False
    clock_jumps: bool = False
    cut_connections: bool = False
    gives_up_after_s: float = 1200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What Slack's side took, beside what it should have."""

    engine: str
    workers: int
    messages: int
    kills: int
    faults: int
    lost: int
    doubled: int
    late: int
    looked_up: int
    slowest_recovery_s: float
    seconds: float

    @property
    def holds(self) -> bool:
        return self.lost == self.doubled == self.late == 0


def prove(plan: Plan, *, database_url: str) -> Verdict:
    """Run `plan` on an empty database at `database_url`, against a sandbox of its own."""
    started = time.monotonic()
    with sandbox() as base, httpx.Client(base_url=base, timeout=30) as http:
        _people(http)
        asyncio.run(_schedule(plan, database_url))
        _control(http, "faults", faults=FAULTS)
        _control(http, "limits", posts_per_minute_per_workspace=60_000)
        kills = _run_workers(
            plan, Orders(database_url=database_url, api_url=f"{base}/api/", seed=0)
        )
        taken = _taken(http)
        fired = len(http.get("/_sandbox/faults").json()["fired"])
    ended = asyncio.run(_ended(database_url))
    wanted = {f"message {number}" for number in range(plan.messages)}
    return Verdict(
        engine=plan.engine,
        workers=plan.workers,
        messages=plan.messages,
        kills=kills,
        faults=fired,
        lost=len(wanted - taken.keys()),
        doubled=sum(count - 1 for count in taken.values()),
        late=sum(state != OutboxState.SENT for state, _ in ended),
        looked_up=sum(recovery_s is not None for _, recovery_s in ended),
        slowest_recovery_s=max((s for _, s in ended if s is not None), default=0.0),
        seconds=time.monotonic() - started,
    )


def as_row(verdict: Verdict) -> dict[str, object]:
    """A verdict as a row of a report."""
    return {**asdict(verdict), "holds": verdict.holds}


@contextlib.contextmanager
def sandbox() -> Iterator[str]:
    """A sandbox in a process of its own; yields its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, "the sandbox did not start"
        _await_answer(found[0])
        yield found[0]
    finally:
        process.terminate()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _await_answer(base: str) -> None:
    """Wait until the sandbox listens: it says its address a moment earlier."""
    for _ in range(600):
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{base}/_sandbox/limits")
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing answers at {base}")


def _control(http: httpx.Client, path: str, **body: Any) -> None:
    answer = http.post(f"/_sandbox/{path}", json=body).json()
    assert answer["ok"], answer


def _people(http: httpx.Client) -> None:
    users = [{"id": recipient(n), "name": f"member{n}", "real_name": "M"} for n in range(200)]
    _control(http, "users", users=users)


async def _schedule(plan: Plan, database_url: str) -> None:
    """Let every message fall due within the first seconds, at a pace that takes them all."""
    database = open_database(database_url)
    now = datetime.now(UTC)
    pace = replace(rules.first_pace(WORKSPACE, now=now), rate=rules.FASTEST_RATE)
    async with database.writing() as connection:
        await connection.run_sync(metadata.create_all)
        names = [column.name for column in delivery_pace.c]
        values = {name: getattr(pace, name) for name in names}
        await connection.execute(delivery_pace.insert().values(values))
        for number in range(plan.messages):
            await schedule_store.put(
                connection,
                WORKSPACE,
                kind=KIND,
                subject_id=f"message {number}",
                rule=Once(now + timedelta(milliseconds=5 * number)),
                tz="UTC",
                now=now,
            )
    await database.close()


def _run_workers(plan: Plan, orders: Orders) -> int:
    """Keep `plan.workers` running, each to die at a step of its own, until all is sent."""
    rng = random.Random(plan.seed)
    running: list[BaseProcess] = []
    kills = 0
    give_up_at = time.monotonic() + plan.gives_up_after_s
    look_at = time.monotonic() + 2.0
    try:
        while time.monotonic() < give_up_at:
            for process in [one for one in running if one.exitcode is not None]:
                kills += process.exitcode == -9
                assert process.exitcode in (0, -9), f"a worker failed: {process.exitcode}"
                running.remove(process)
            while len(running) < plan.workers:
                spares = kills + len(running) >= plan.kills
                running.append(_start(plan, orders, rng, immortal=spares))
            time.sleep(0.02)
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + 1.0
                if plan.cut_connections and rng.random() < 0.2:
                    _cut_connections(orders.database_url)
                if asyncio.run(_is_done(orders.database_url)):
                    break
    finally:
        for process in running:
            process.kill()
            process.join()
    return kills


def _start(plan: Plan, orders: Orders, rng: random.Random, *, immortal: bool) -> BaseProcess:
    """A worker that dies at a random step; one in eight is stopped instead, and closes itself."""
    last = rng.randint(5, plan.longest_life_steps)
    closes = rng.random() < 0.125
    told = replace(
        orders,
        seed=rng.randrange(2**32),
        die_at=None if immortal or closes else last,
        stop_at=last if closes and not immortal else None,
        commit_after_send=plan.commit_after_send,
        clock_jumps=plan.clock_jumps,
    )
    process = FORK.Process(target=work, args=(told,))
    process.start()
    return process


def _cut_connections(database_url: str) -> None:
    """What a restart of Postgres does to its clients."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def _is_done(database_url: str) -> bool:
    database = open_database(database_url)
    try:
        async with database.reading() as connection:
            scheduled = sa.select(sa.func.count()).select_from(schedule_store.schedule)
            waiting = sa.select(sa.func.count()).select_from(outbox).where(outbox.c.state.in_(OPEN))
            left = (await connection.execute(scheduled)).scalar_one()
            left += (await connection.execute(waiting)).scalar_one()
            return bool(left == 0)
    finally:
        await database.close()


async def _ended(database_url: str) -> list[tuple[str, float | None]]:
    """Each entry's last state and, where its outcome was not clear at once, the seconds from its
    first sending to its end."""
    database = open_database(database_url)
    async with database.reading() as connection:
        rows = (await connection.execute(sa.select(outbox))).all()
    await database.close()
    return [
        (
            row.state,
            (row.ended_at - row.claimed_at).total_seconds()
            if row.attempts > 1 and row.ended_at and row.claimed_at
            else None,
        )
        for row in rows
    ]


def _taken(http: httpx.Client) -> Counter[str]:
    """How often Slack's side holds each message."""
    taken: Counter[str] = Counter()
    for number in range(200):
        answer = http.get("/_sandbox/messages", params={"user": recipient(number)}).json()
        taken.update(str(message["text"]) for message in answer["messages"])
    return taken


RECOVERS_WITHIN_S = LEASE.total_seconds() + POLL_S
