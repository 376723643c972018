"""Kills workers until everything is sent, and then asks Slack's side what it took."""

import asyncio
import contextlib
import multiprocessing
import random
import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import sqlalchemy as sa

from bot.delivery import rules
from bot.delivery.model import OutboxState
from bot.delivery.tables import delivery_pace, outbox
from bot.kernel.database import all_tables, open_database
from bot.kernel.ids import ProgrammeId
from bot.pulse.tables import round_table
from bot.schedule import store as schedule_store
from bot.schedule.model import Once
from runtime.demo.sandbox import command_of_the_sandbox
from tests.crash import closing
from tests.crash import watch as watching
from tests.crash.databases import Place, cut_connections
from tests.crash.watch import Course
from tests.crash.worker import KIND, WORKSPACE, Orders, recipient, work

if TYPE_CHECKING:
    from tests.crash import receiving

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
    {"kind": "ratelimit", "on": "chat.postMessage", "skip": 30, "count": 8, "retry_after_s": 1},
    {"kind": "drop", "on": "conversations.*", "probability": 0.03, "when": "after"},
    {"kind": "status", "on": "conversations.*", "probability": 0.03, "when": "before"},
]

LIMITS: dict[str, Any] = {
    "posts_per_minute_per_workspace": 60_000,
    "methods_per_minute": {"conversations.history": 6000, "conversations.open": 6000},
}
"""Wide enough that a run takes minutes: it is about kills, and a storm of 429s is a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run of the proof: messages that are scheduled, and pulse rounds that close meanwhile."""

    engine: str
    workers: int
    messages: int
    kills: int
    rounds: int = 2
    longest_life_steps: int = 500
    seed: int = 1
    commit_after_send: bool = False
    clock_jumps: bool = False
    cut_connections: bool = False
    restarts: bool = False
    gives_up_after_s: float = 1200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What Slack's side took, beside what it should have.

    `killed_once` counts the messages whose worker died while sending them and that met nothing
    else, with the time until it was known again whether Slack has them; those interrupted more
    often, or by a fault, are apart, with the time until they were sent. `unclosed` counts pulse
    rounds that were not released whole.
    """

    engine: str
    workers: int
    clock_jumps: bool
    messages: int
    rounds: int
    kills: int
    restarts: int
    faults: int
    lost: int
    doubled: int
    late: int
    unclosed: int
    killed_once: int
    slowest_killed_once_s: float
    interrupted_otherwise: int
    slowest_otherwise_s: float
    seconds: float

    @property
    def holds(self) -> bool:
        return self.lost == self.doubled == self.late == self.unclosed == 0


@dataclass(slots=True)
class Blows:
    """What a run has dealt out so far."""

    kills: int = 0
    restarts: int = 0


def prove(plan: Plan, place: Place) -> Verdict:
    """Run `plan` on the empty database at `place`, against a sandbox of its own."""
    started = time.monotonic()
    blows = Blows()
    with (
        tempfile.TemporaryDirectory() as keys,
        sandbox() as base,
        httpx.Client(base_url=base, timeout=30) as http,
    ):
        _people(http)
        opened = asyncio.run(_schedule(plan, place.url, Path(keys)))
        _control(http, "faults", faults=FAULTS)
        _control(http, "limits", **LIMITS)
        orders = Orders(database_url=place.url, api_url=f"{base}/api/", key_folder=keys, seed=0)
        _run_workers(plan, orders, place, blows)
        taken = _taken(http)
        fired = len(http.get("/_sandbox/faults").json()["fired"])
        states, found, closed = asyncio.run(_ended(place.url, Path(keys), opened))
    wanted = {f"message {number}" for number in range(plan.messages)}
    wanted.update(text for _, round_id in opened for text in closing.news_of(round_id))
    once = [one for one in found if one.is_killed_once]
    otherwise = [one for one in found if one.interruptions and not one.is_killed_once]
    return Verdict(
        engine=plan.engine,
        workers=plan.workers,
        clock_jumps=plan.clock_jumps,
        messages=len(wanted),
        rounds=plan.rounds,
        kills=blows.kills,
        restarts=blows.restarts,
        faults=fired,
        lost=len(wanted - taken.keys()),
        doubled=sum(taken.values()) - len(taken),
        late=sum(state != OutboxState.SENT for state in states),
        unclosed=plan.rounds - closed,
        killed_once=len(once),
        slowest_killed_once_s=max((one.settled_s for one in once), default=0.0),
        interrupted_otherwise=len(otherwise),
        slowest_otherwise_s=max((one.whole_s for one in otherwise), default=0.0),
        seconds=time.monotonic() - started,
    )


def as_row(verdict: "Verdict | receiving.Verdict") -> dict[str, object]:
    """A verdict as a row of a report."""
    return {**asdict(verdict), "holds": verdict.holds}


@contextlib.contextmanager
def sandbox(*, start: datetime | None = None) -> Iterator[str]:
    """A sandbox in a process of its own; yields its address. From `start` its clock stands."""
    process = subprocess.Popen(
        command_of_the_sandbox(0, start=start),
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


async def _schedule(plan: Plan, database_url: str, keys: Path) -> list[tuple[ProgrammeId, str]]:
    """Let every message fall due within the first seconds, at a pace that takes them all.

    Returns the programme and the id of each pulse round.
    """
    database = open_database(database_url)
    now = datetime.now(UTC)
    pace = replace(rules.first_pace(WORKSPACE, now=now), rate=rules.FASTEST_RATE)
    async with database.writing() as connection:
        await connection.run_sync(all_tables().create_all)
        await watching.watch(connection)
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
    opened = await closing.open_rounds(database, keys, count=plan.rounds, now=datetime.now(UTC))
    await database.close()
    return opened


def _run_workers(plan: Plan, orders: Orders, place: Place, blows: Blows) -> None:
    """Keep `plan.workers` running, each to die at a step of its own, until all is done."""
    rng = random.Random(plan.seed)
    running: list[BaseProcess] = []
    give_up_at = time.monotonic() + plan.gives_up_after_s
    look_at = time.monotonic() + 2.0
    try:
        while time.monotonic() < give_up_at:
            for process in [one for one in running if one.exitcode is not None]:
                blows.kills += process.exitcode == -9
                assert process.exitcode in (0, -9), f"a worker failed: {process.exitcode}"
                running.remove(process)
            while len(running) < plan.workers:
                spares = blows.kills + len(running) >= plan.kills
                running.append(_start(plan, orders, rng, immortal=spares))
            time.sleep(0.02)
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + 1.0
                _strike_the_database(plan, place, blows, rng)
                if asyncio.run(_is_done(place.url)):
                    break
    finally:
        for process in running:
            process.kill()
            process.join()


def _strike_the_database(plan: Plan, place: Place, blows: Blows, rng: random.Random) -> None:
    if plan.cut_connections and rng.random() < 0.2:
        cut_connections(place.url)
    if plan.restarts and rng.random() < 0.15:
        place.restart()
        blows.restarts += 1


def _start(plan: Plan, orders: Orders, rng: random.Random, *, immortal: bool) -> BaseProcess:
    """A worker that dies at a random step, or as often within a call of Slack; one in eight is
    stopped instead, and closes itself."""
    last = rng.randint(5, plan.longest_life_steps)
    in_post = rng.randint(1, 6) if rng.random() < 0.5 else None
    closes = rng.random() < 0.125
    told = replace(
        orders,
        seed=rng.randrange(2**32),
        die_at=None if immortal or closes or in_post else last,
        die_in_post=None if immortal or closes else in_post,
        stop_at=last if closes and not immortal else None,
        commit_after_send=plan.commit_after_send,
        clock_jumps=plan.clock_jumps,
    )
    process = FORK.Process(target=work, args=(told,))
    process.start()
    return process


async def _is_done(database_url: str) -> bool:
    database = open_database(database_url)
    open_rounds = round_table.c.state.in_(["open", "closing"])
    counts = [
        sa.select(sa.func.count()).select_from(schedule_store.schedule),
        sa.select(sa.func.count()).select_from(outbox).where(outbox.c.state.in_(OPEN)),
        sa.select(sa.func.count()).select_from(round_table).where(open_rounds),
    ]
    try:
        async with database.reading() as connection:
            left = [(await connection.execute(query)).scalar_one() for query in counts]
            return not any(left)
    finally:
        await database.close()


async def _ended(
    database_url: str, keys: Path, opened: Sequence[tuple[ProgrammeId, str]]
) -> tuple[list[str], list[Course], int]:
    """Each entry's last state, what befell each, and how many rounds were closed well."""
    database = open_database(database_url)
    async with database.reading() as connection:
        states = list((await connection.execute(sa.select(outbox.c.state))).scalars())
        found = await watching.courses(connection)
    well = [
        await closing.is_closed_well(database, keys, programme_id, round_id)
        for programme_id, round_id in opened
    ]
    await database.close()
    return states, found, sum(well)


def _taken(http: httpx.Client) -> Counter[str]:
    """How often Slack's side holds each message."""
    taken: Counter[str] = Counter()
    for number in range(200):
        answer = http.get("/_sandbox/messages", params={"user": recipient(number)}).json()
        taken.update(str(message["text"]) for message in answer["messages"])
    return taken
