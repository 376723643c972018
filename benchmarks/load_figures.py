"""What `load` reads from the database and from the replicas' reports."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from benchmarks.load_world import RUN
from bot.delivery.rules import FIRST_RATE
from bot.delivery.tables import outbox
from bot.kernel.database import Database
from bot.kernel.scope import everywhere
from bot.schedule.tables import schedule

OPEN_STATES = ("queued", "sending", "unknown")
WEEKLY, FORTNIGHTLY, LOOK = "mentor_nudge", "checkin_prompt", "pairing_settle"
PATIENCE_S, LOOKED_FOR_S = 90.0, 15.0
"""How long a Monday is watched, and how long the looks at programmes after it."""
SHOWN = 60
"""Characters of a statement in a table."""


async def all_due(database: Database, monday: datetime, *, everybody: bool) -> int:
    """Let everybody's weekly message and the look at each programme fall due then, and nothing
    before; returns how many."""
    kinds = [WEEKLY, LOOK, FORTNIGHTLY] if everybody else [WEEKLY, LOOK]
    its = schedule.c.kind
    await _put_aside(database, its == FORTNIGHTLY, monday)
    with everywhere():
        async with database.writing() as connection:
            due = schedule.update().where(its.in_(kinds))
            done = await connection.execute(due.values(next_due_at=monday, due_on=monday.date()))
    return done.rowcount


async def until_finished(
    database: Database, monday: datetime, used_s: Callable[[], Sequence[float]]
) -> dict[str, float]:
    """Wait for the last weekly message, or PATIENCE_S: seconds to the outbox, and to Slack. Then
    see, for a while, how many programmes are looked at, which is what makes their digests.

    `monday_expected_s` is how long all would take at the pace of those that were sent. `used_s`
    gives the processor time of the bot and of Postgres so far.
    """
    began_s, before = time.perf_counter(), used_s()
    its = schedule.c.kind.in_([WEEKLY, FORTNIGHTLY])
    waiting = _count(schedule).where(its, schedule.c.next_due_at <= monday)
    looks = _count(schedule).where(schedule.c.kind == LOOK, schedule.c.next_due_at <= monday)
    theirs = outbox.c.kind.in_([WEEKLY, FORTNIGHTLY])
    unsent = _count(outbox).where(theirs, outbox.c.state.in_(OPEN_STATES))
    queued_s = await _until_none(database, waiting, began_s, PATIENCE_S)
    sent_s = await _until_none(database, unsent, began_s, PATIENCE_S)
    between = used_s()
    left = await _read(database, waiting) + await _read(database, unsent)
    messages, most = await _sent_since(database, monday)
    await _put_aside(database, its, monday)
    due, looked_s = await _read(database, looks), time.perf_counter()
    await _until_none(database, looks, looked_s, LOOKED_FOR_S)
    looked_at, after = max(1, due - await _read(database, looks)), used_s()
    return {
        "monday_messages": messages,
        "monday_queued_s": queued_s,
        "monday_sent_s": sent_s,
        "monday_left": left,
        "messages_per_s": messages / sent_s,
        "monday_expected_s": sent_s * (messages + left) / max(1, messages),
        "message_cpu_ms": (between[0] - before[0]) / max(1, messages) * 1000,
        "message_postgres_ms": (between[1] - before[1]) / max(1, messages) * 1000,
        "slack_allows_s": most / FIRST_RATE * 60,
        "programmes_looked_at": looked_at,
        "look_cpu_ms": (after[0] - between[0]) / looked_at * 1000,
    }


async def _put_aside(database: Database, its: sa.ColumnElement[bool], monday: datetime) -> None:
    """Let these schedules fall due long after the Monday."""
    later = monday + timedelta(weeks=20)
    put = schedule.update().where(its).values(next_due_at=later, due_on=later.date())
    with everywhere():
        async with database.writing() as connection:
            await connection.execute(put)


def _count(table: sa.Table) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(table)


async def _read(database: Database, count: sa.Select[Any]) -> int:
    with everywhere():
        async with database.reading() as connection:
            return int((await connection.execute(count)).scalar_one())


async def _until_none(
    database: Database, count: sa.Select[Any], began_s: float, patience_s: float
) -> float:
    """Seconds since `began_s` until none is left, or patience ends."""
    while await _read(database, count) and time.perf_counter() - began_s < patience_s:  # noqa: ASYNC110 - other processes work
        await asyncio.sleep(0.25)
    return time.perf_counter() - began_s


async def _sent_since(database: Database, monday: datetime) -> tuple[int, int]:
    """How many messages were sent since then, and the most to one workspace."""
    each = (
        sa.select(sa.func.count())
        .where(
            outbox.c.state == "sent",
            outbox.c.created_at >= monday,
            outbox.c.kind.in_([WEEKLY, FORTNIGHTLY]),
        )
        .group_by(outbox.c.workspace_id)
    )
    with everywhere():
        async with database.reading() as connection:
            counts = list((await connection.execute(each)).scalars())
    return sum(counts), max(counts, default=0)


async def size_of(database: Database) -> dict[str, object]:
    """The whole database, and its three largest tables with their indexes."""
    largest = sa.text(
        "SELECT relname, pg_total_relation_size(relid) / 1000000 FROM pg_stat_user_tables "
        "ORDER BY 2 DESC LIMIT 3"
    )
    whole = sa.text("SELECT pg_database_size(current_database()) / 1000000")
    with everywhere():
        async with database.reading() as connection:
            tables = [f"{name} {mb}" for name, mb in await connection.execute(largest)]
            mb = (await connection.execute(whole)).scalar_one()
    return {"database_mb": mb, "largest_mb": ", ".join(tables)}


def statements(when: str, report: Mapping[str, Any]) -> dict[str, object]:
    """How the statements of a process did; `compiled_before` is the share that needed none."""
    names = ("statements", "distinct", "compiled_before", "prepared", "slow", "slowest_ms")
    return {f"{name}, {when}": report[name] for name in names}


async def plans(
    database: Database, reports: Sequence[Mapping[str, Any]]
) -> list[dict[str, object]]:
    """For the statements that came most often: how long they took, and how Postgres finds rows."""
    often = {one["text"]: one for report in reports for one in report["often"]}
    rows: list[dict[str, object]] = []
    for text, one in often.items():
        rows.append(
            {
                "what": " ".join(text.split())[:SHOWN],
                "times": one["times"],
                "p50_ms": one["p50_ms"],
                "p99_ms": one["p99_ms"],
                "read_whole": await _scans(database, text),
            }
        )
    return rows


async def _scans(database: Database, text: str) -> str:
    """Name the tables that Postgres reads whole for this statement, by its generic plan.

    As the role that runs, so that the wall between workspaces is in the plan.
    """
    numbered = _numbered(text)
    with everywhere():
        async with database.reading() as connection:
            await connection.exec_driver_sql(f"SET LOCAL ROLE {RUN}")
            try:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                found = await driver.execute(f"EXPLAIN (GENERIC_PLAN) {numbered}", prepare=False)
                lines = [row[0] for row in await found.fetchall()]
            except Exception as failure:  # a statement that is none of its own, such as SET
                return type(failure).__name__
    whole = [line.split(" on ", 1)[1].split("  ")[0] for line in lines if "Seq Scan on" in line]
    return ", ".join(whole) or "nothing"


def _numbered(text: str) -> str:
    """Write psycopg's named parameters as Postgres numbers them."""
    names: dict[str, int] = {}
    out, rest = [], text
    while "%(" in rest:
        before, _, rest = rest.partition("%(")
        name, _, rest = rest.partition(")s")
        out.append(f"{before}${names.setdefault(name, len(names) + 1)}")
    return ("".join(out) + rest).replace("%%", "%")


def cpu_s_of_postgres(url: str) -> float:
    """The processor time of the server behind a socket in its own folder, and of its sessions."""
    folder = str(sa.make_url(url).query["host"])
    pid = int((Path(folder) / "postmaster.pid").read_text().splitlines()[0])
    server = psutil.Process(pid)
    return sum(_cpu_s(one) for one in (server, *server.children(recursive=True)))


def _cpu_s(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        return sum(process.cpu_times()[:2])
    return 0.0
