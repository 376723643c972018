"""Nudges to forty workspaces on one Postgres: four replicas beside one, a process each.

Slack's limits are left out and the clock runs sixty times as fast, so that the replicas have all
the work that they can do. The stand-in for Slack is a further process.
"""

import asyncio
import multiprocessing
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

import sqlalchemy as sa

from benchmarks.burst import START, Nudges, StandIn, _no_channel, _rows, serving
from benchmarks.tick import empty_database
from bot.delivery.claims import ClaimLimits
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.model import KindPolicy, Lane, OutboxState
from bot.delivery.tables import outbox
from bot.kernel.clock import SetClock
from bot.kernel.database import Database, all_tables, open_database
from bot.kernel.ids import WorkspaceId
from handlers.edge.clients import FixedClients, open_session, slack_client
from handlers.sending.messenger import SlackMessenger

NAME = "fleet"
WORKSPACES = 40
REPLICAS = 4
SPEED = 60
AT_END_EVERY_S = 0.2
UNSENT = [str(state) for state in (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN)]


@dataclass(frozen=True, slots=True)
class FastClock:
    """START when the replicas began, and sixty seconds later for every second since."""

    began_s: float

    def now(self) -> datetime:
        return START + timedelta(seconds=(time.time() - self.began_s) * SPEED)


def run(*, quick: bool) -> list[dict[str, object]]:
    """Rows for one replica and for four: messages per second, doubled, lost, and the speed-up."""
    each = 25 if quick else 250
    one, four = (asyncio.run(_sent_by(replicas, each=each)) for replicas in (1, REPLICAS))
    return [one, {**four, "speed_up": float(str(four["per_s"])) / float(str(one["per_s"]))}]


async def _sent_by(replicas: int, *, each: int) -> dict[str, object]:
    context = multiprocessing.get_context("spawn")
    with empty_database("postgres") as url:
        database = open_database(url)
        await _fill(database, each=each)
        ours, theirs = context.Pipe()
        slack = context.Process(target=_slack, args=(theirs,), daemon=True)
        slack.start()
        gate = context.Barrier(replicas + 1)
        given = (url, ours.recv(), gate)
        workers = [
            context.Process(target=_replica, args=given, daemon=True) for _ in range(replicas)
        ]
        for worker in workers:
            worker.start()
        await asyncio.to_thread(gate.wait)
        started = time.perf_counter()
        while await _unsent(database):  # noqa: ASYNC110 - other processes send
            await asyncio.sleep(AT_END_EVERY_S)
        seconds = time.perf_counter() - started
        for worker in workers:
            worker.terminate()
            worker.join()
        ours.send("how many")
        distinct, taken = ours.recv()
        slack.terminate()
        slack.join()
        await database.close()
    messages = WORKSPACES * each
    return {
        "what": f"{WORKSPACES} workspaces, {replicas} replica(s) on postgres",
        "messages": messages,
        "seconds": seconds,
        "per_s": messages / seconds,
        "doubled": taken - distinct,
        "lost": messages - distinct,
    }


async def _fill(database: Database, *, each: int) -> None:
    async with database.writing() as connection:
        await connection.run_sync(all_tables().create_all)
        for number, workspace_id in enumerate(_workspaces()):
            subjects = [f"n{number}_{one}" for one in range(each)]
            rows = _rows(subjects, lane=Lane.PROMPT, now=START)
            await connection.execute(
                outbox.insert(), [{**row, "workspace_id": workspace_id} for row in rows]
            )


def _workspaces() -> list[WorkspaceId]:
    return [WorkspaceId(f"T0FLEET{number:02}") for number in range(WORKSPACES)]


async def _unsent(database: Database) -> bool:
    async with database.reading() as connection:
        waits = sa.select(sa.exists().where(outbox.c.state.in_(UNSENT)))
        return bool((await connection.execute(waits)).scalar_one())


def _slack(asked: Connection) -> None:
    """The stand-in for Slack; says its address, and later how many different messages and how many
    it took."""

    async def serve() -> None:
        stand_in = StandIn(SetClock(START), None)
        async with serving(stand_in) as api_url:
            asked.send(api_url)
            await asyncio.to_thread(asked.recv)
            asked.send((len(stand_in.times), stand_in.times.total()))
            await asyncio.Event().wait()

    asyncio.run(serve())


def _replica(url: str, api_url: str, gate: Barrier) -> None:
    """Send for all workspaces until ended."""

    async def send() -> None:
        database = open_database(url)
        async with open_session() as session:
            client = slack_client(session, token="xoxb-benchmark", api_url=api_url)
            clients = FixedClients(dict.fromkeys(_workspaces(), client))
            await asyncio.to_thread(gate.wait)
            dispatcher = Dispatcher(
                database=database,
                messenger=SlackMessenger(clients, _no_channel),
                composer=Nudges(),
                clock=FastClock(time.time()),
                terms=ClaimLimits(
                    lease=timedelta(days=1), policies={"nudge": KindPolicy(counts=False)}
                ),
                poll_s=0.02,
                rng=random.Random(),
            )
            await dispatcher.run(asyncio.Event())

    asyncio.run(send())
