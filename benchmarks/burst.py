"""A burst of nudges to one workspace, under Slack's limits as the sandbox enforces them.

The clock is virtual: it jumps to whenever the dispatcher says that there is more to do, so that
100 minutes of sending take a few. Everything else is real: database, messenger, HTTP.
"""

import asyncio
import json
import multiprocessing
import random
import resource
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp
import uvicorn
from starlette.types import Receive, Scope, Send

from benchmarks.tick import empty_database
from bot.delivery import rules
from bot.delivery.claims import ClaimLimits
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.model import Entry, KindPolicy, Lane, OutboxState
from bot.delivery.tables import delivery_pace, outbox
from bot.kernel.clock import SetClock
from bot.kernel.database import Database, all_tables, open_database
from bot.kernel.ids import WorkspaceId
from bot.kernel.ports import Message
from handlers.edge.clients import FixedClients, open_session, slack_client
from handlers.sending.messenger import SlackMessenger
from slack_sandbox.limits import Limits

NAME = "burst"
WORKSPACE = WorkspaceId("T0CAIRN")
START = datetime(2026, 9, 7, 9, tzinfo=UTC)
ANSWER_EVERY_S = 3.0
BLOCK = {"type": "section", "text": {"type": "mrkdwn", "text": "Two of your mentees are due."}}


def run(*, quick: bool) -> list[dict[str, object]]:
    """Rows: the burst by one replica on SQLite and by four on Postgres, with the share of the
    allowed rate, the share of 429s and how long answers waited; then CPU beside a bare loop."""
    messages = 3_000 if quick else 50_000
    rows = [asyncio.run(_burst("sqlite", replicas=1, messages=messages))]
    rows.append(asyncio.run(_burst("postgres", replicas=4, messages=min(messages, 10_000))))
    rows.extend(asyncio.run(_cpu(messages=1_000 if quick else 5_000)))
    return rows


@dataclass(slots=True)
class _LimitClock:
    """The sandbox's limits ask for seconds."""

    clock: SetClock

    def time(self) -> float:
        return self.clock.now().timestamp()


@dataclass(slots=True)
class StandIn:
    """Slack's chat.postMessage and its limits, answering as fast as it can."""

    clock: SetClock
    limits: Limits | None
    arrived: dict[str, datetime] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    refused: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        status, answer, headers = self._answer(body)
        head = [(b"content-type", b"application/json"), *headers]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": answer})

    def _answer(self, body: bytes) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        fields = json.loads(body)
        channel, text = fields["channel"], fields["text"]
        wait_s = (
            self.limits.take("chat.postMessage", app_id="A", team_id="T", channel_id=channel)
            if self.limits
            else None
        )
        if wait_s is not None:
            self.refused += 1
            retry = [(b"retry-after", str(wait_s).encode())]
            return 429, b'{"ok": false, "error": "ratelimited"}', retry
        self.times[text] += 1
        self.arrived[text] = self.clock.now()
        return 200, b'{"ok": true, "channel": "D1", "ts": "1.0"}', []


@asynccontextmanager
async def serving(stand_in: StandIn) -> AsyncIterator[str]:
    """The stand-in on a port of its own; yields the address for clients."""
    config = uvicorn.Config(
        stand_in, port=0, log_config=None, access_log=False, lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/api/"
    finally:
        server.should_exit = True
        await task


class Nudges:
    """Composes a nudge that can be told from every other."""

    async def compose(self, entry: Entry) -> Message | None:
        return Message(text=entry.subject_id, blocks=(BLOCK,))


def _dispatcher(
    database: Database, session: aiohttp.ClientSession, clock: SetClock, api_url: str
) -> Dispatcher:
    client = slack_client(session, token="xoxb-benchmark", api_url=api_url)
    return Dispatcher(
        database=database,
        messenger=SlackMessenger(FixedClients({WORKSPACE: client}), _no_group),
        composer=Nudges(),
        clock=clock,
        terms=ClaimLimits(policies={"nudge": KindPolicy(counts=False)}),
        rng=random.Random(1),
    )


async def _no_group(_workspace_id: WorkspaceId, group_id: str, _client: object) -> str:
    raise LookupError(group_id)


def _rows(subjects: Sequence[str], *, lane: Lane, now: datetime) -> list[dict[str, object]]:
    return [
        {
            "workspace_id": WORKSPACE,
            "id": f"send_{subject}",
            "kind": "nudge",
            "subject_id": subject,
            "recipient": f"U{subject}",
            "dedupe_key": subject,
            "lane": str(lane),
            "priority": rules.NORMAL,
            "created_at": now,
            "not_before": now,
            "ready_at": now,
            "expires_at": now + timedelta(days=1),
            "state": str(OutboxState.QUEUED),
        }
        for subject in subjects
    ]


async def _burst(engine: str, *, replicas: int, messages: int) -> dict[str, object]:
    clock = SetClock(START)
    limits = Limits(_LimitClock(clock))  # type: ignore[arg-type]
    stand_in = StandIn(clock, limits)
    async with AsyncExitStack() as stack:
        url = stack.enter_context(empty_database(engine))
        api_url = await stack.enter_async_context(serving(stand_in))
        databases = [open_database(url) for _ in range(replicas)]
        dispatchers = []
        for database in databases:
            session = await stack.enter_async_context(open_session())
            dispatchers.append(_dispatcher(database, session, clock, api_url))
        async with databases[0].writing() as connection:
            await connection.run_sync(all_tables().create_all)
            subjects = [f"n{number}" for number in range(messages)]
            await connection.execute(
                outbox.insert(), _rows(subjects, lane=Lane.PROMPT, now=clock.now())
            )
        started = time.perf_counter()
        asked, rss = await _play(databases[0], dispatchers, clock)
        seconds = time.perf_counter() - started
        for database in databases:
            await database.close()
    last = max(at for text, at in stand_in.arrived.items() if text.startswith("n"))
    took_min = (last - START) / timedelta(minutes=1)
    waits_s = sorted((stand_in.arrived[text] - at).total_seconds() for text, at in asked.items())
    sent = stand_in.times.total()
    allowed = limits.posts_per_min
    return {
        "what": f"burst, {replicas} replica(s) on {engine}",
        "messages": messages,
        "minutes": took_min,
        "rate_per_min": sent / took_min,
        "share_of_allowed": sent / took_min / allowed,
        "share_of_429s": stand_in.refused / sent,
        "doubled": sum(count - 1 for count in stand_in.times.values()),
        "lost": messages + len(asked) - len(stand_in.times),
        "answer_p99_s": waits_s[int(len(waits_s) * 0.99) - 1] if waits_s else None,
        "rss_growth_mb": rss[-1] - rss[0],
        "real_seconds": seconds,
    }


async def _play(
    database: Database, dispatchers: Sequence[Dispatcher], clock: SetClock
) -> tuple[dict[str, datetime], list[float]]:
    """Send all of it, with an answer to somebody now and then; returns when each was asked for,
    and the memory used on the way, in MB."""
    rng = random.Random(2)
    asked: dict[str, datetime] = {}
    rss: list[float] = []
    next_answer_at = START + timedelta(seconds=rng.expovariate(1 / ANSWER_EVERY_S))
    while True:
        nexts = await asyncio.gather(*(one.drain() for one in dispatchers))
        if len(rss) < 1 or len(asked) % 50 == 0:
            rss.append(_resident_mb())
        coming = [at for at in nexts if at is not None]
        if not coming:
            return asked, rss
        if next_answer_at <= min(coming):
            clock.set(max(clock.now(), next_answer_at))
            subject = f"answer{len(asked)}"
            async with database.writing() as connection:
                rows = _rows([subject], lane=Lane.INTERACTIVE, now=clock.now())
                await connection.execute(outbox.insert(), rows)
            asked[subject] = clock.now()
            next_answer_at = clock.now() + timedelta(seconds=rng.expovariate(1 / ANSWER_EVERY_S))
        else:
            clock.set(max(clock.now(), min(coming)))


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


async def _cpu(*, messages: int) -> list[dict[str, object]]:
    """CPU per message of the dispatcher, beside slack_sdk posting the same in a bare loop.

    Both post to the same stand-in, which runs in a process of its own and is not counted.
    """
    clock = SetClock(START)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=_serve_apart, args=(theirs,), daemon=True)
    server.start()
    try:
        api_url = ours.recv()
        async with open_session() as session:
            await _bare(session, api_url, messages=50)
            bare_ms = [await _bare(session, api_url, messages=messages) for _ in range(3)]
            ours_ms = [await _ours(session, clock, api_url, messages=messages) for _ in range(3)]
    finally:
        server.terminate()
        server.join()
    return [
        {
            "what": "bare loop of slack_sdk, CPU",
            "messages": messages,
            "cpu_ms_each": statistics.median(bare_ms),
        },
        {
            "what": "cairn's dispatcher, CPU",
            "messages": messages,
            "cpu_ms_each": statistics.median(ours_ms),
            "ratio": statistics.median(ours_ms) / statistics.median(bare_ms),
        },
    ]


def _serve_apart(address: Connection) -> None:
    """The stand-in in a process of its own; says its address and serves until it is ended."""

    async def serve() -> None:
        async with serving(StandIn(SetClock(START), None)) as api_url:
            address.send(api_url)
            await asyncio.Event().wait()

    asyncio.run(serve())


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _bare(session: aiohttp.ClientSession, api_url: str, *, messages: int) -> float:
    client = slack_client(session, token="xoxb-benchmark", api_url=api_url)
    numbers = iter(range(messages))

    async def post_some() -> None:
        for number in numbers:
            await client.chat_postMessage(channel=f"U{number}", text=f"b{number}", blocks=[BLOCK])

    started = _cpu_s()
    await asyncio.gather(*(post_some() for _ in range(10)))
    return (_cpu_s() - started) / messages * 1000


async def _ours(
    session: aiohttp.ClientSession, clock: SetClock, api_url: str, *, messages: int
) -> float:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/cpu.db")
        pace = replace(rules.first_pace(WORKSPACE, now=clock.now()), rate=525.0)
        async with database.writing() as connection:
            await connection.run_sync(all_tables().create_all)
            values = {column.name: getattr(pace, column.name) for column in delivery_pace.c}
            await connection.execute(delivery_pace.insert().values(values))
            subjects = [f"c{number}" for number in range(messages)]
            await connection.execute(
                outbox.insert(), _rows(subjects, lane=Lane.PROMPT, now=clock.now())
            )
        dispatcher = _dispatcher(database, session, clock, api_url)
        started = _cpu_s()
        while (next_at := await dispatcher.drain()) is not None:
            clock.set(max(clock.now(), next_at))
        used_ms = (_cpu_s() - started) / messages * 1000
        await database.close()
    return used_ms
