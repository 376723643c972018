"""`python -m benchmarks.replica ORDERS`: the bot over HTTP, at an hour of its own, with figures.

It is `app.py serve --http` with workspaces that installed it by OAuth, but for the clock. When
it is stopped it writes down how its loop and its statements did.
"""

import asyncio
import gc
import json
import logging
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

from bot.kernel.database import Database
from bot.kernel.scope import everywhere
from runtime.logs import set_up_logs
from runtime.memory import overwrite_what_is_freed
from runtime.process import assembled, beat, listening_on_http, stop_on_signals
from runtime.tenancy import Options

LOOK_EVERY_S = 0.01
SLOW_MS = 100.0


@dataclass(frozen=True, slots=True)
class ReplicasOrders:
    """Where things are, at which port to listen, and which time it is; `report` is written last."""

    database_url: str
    api_url: str
    keys: str
    secret: str
    port: int
    now: str
    report: str
    pool: int = 20


@dataclass(frozen=True, slots=True)
class ShiftedClock:
    """The machine's clock, so much ahead or behind that it is a Monday morning."""

    by: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


@dataclass(slots=True)
class Statements:
    """How long each statement took, as the bot waited for it."""

    took_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    samples: dict[str, Any] = field(default_factory=dict)
    hits: int = 0
    """Statements that SQLAlchemy had not to compile."""

    def watch(self, database: Database) -> None:
        engine = database.engine.sync_engine
        sa.event.listen(engine, "before_cursor_execute", self._begin)
        sa.event.listen(engine, "after_cursor_execute", self._end)

    def _begin(self, connection: sa.Connection, *_: Any) -> None:
        connection.info["began_s"] = time.perf_counter()

    def _end(
        self, connection: sa.Connection, _cursor: Any, text: str, given: Any, context: Any, _m: bool
    ) -> None:
        took = (time.perf_counter() - connection.info["began_s"]) * 1000
        self.took_ms[text].append(took)
        self.hits += (
            getattr(context, "cache_hit", None) is sa.engine.interfaces.CacheStats.CACHE_HIT
        )
        self.samples.setdefault(text, given)

    def figures(self, *, most: int = 10) -> dict[str, Any]:
        every = [took for each in self.took_ms.values() for took in each]
        often = sorted(self.took_ms, key=lambda text: -len(self.took_ms[text]))[:most]
        return {
            "statements": len(every),
            "distinct": len(self.took_ms),
            "compiled_before": self.hits / max(1, len(every)),
            "slow": sum(took > SLOW_MS for took in every),
            "slowest_ms": max(every, default=0.0),
            "often": [_figures(text, self.took_ms[text], self.samples[text]) for text in often],
        }


def _figures(text: str, took_ms: Sequence[float], given: Any) -> dict[str, Any]:
    ordered = sorted(took_ms)
    return {
        "text": text,
        "times": len(ordered),
        "p50_ms": statistics.median(ordered),
        "p99_ms": ordered[max(0, len(ordered) * 99 // 100 - 1)],
        "given": repr(given),
    }


async def serve(orders: ReplicasOrders) -> dict[str, Any]:
    """Run until SIGTERM; how the loop and the statements did meanwhile."""
    options = Options(
        bot_token=None,
        app_token=None,
        signing_secret=orders.secret,
        api_url=orders.api_url,
        database_url=orders.database_url,
        key_folder=Path(orders.keys),
        client_id="1.1",
        client_secret="benchmark",
    )
    stop, lags = asyncio.Event(), list[float]()
    stop_on_signals(stop)
    clock = ShiftedClock(datetime.fromisoformat(orders.now) - datetime.now(UTC))
    async with assembled(options, clock) as cairn:
        seen = Statements()
        seen.watch(cairn.database)
        async with listening_on_http(cairn, host="127.0.0.1", port=orders.port):
            gc.collect()
            gc.freeze()
            watching = asyncio.create_task(_watch_the_loop(lags))
            await beat(cairn, stop)
            watching.cancel()
        prepared = await _prepared(cairn.database)
        pool = cairn.database.engine.sync_engine.pool
        assert isinstance(pool, QueuePool)
        return {
            "lag_p99_ms": sorted(lags)[max(0, len(lags) * 99 // 100 - 1)],
            "lag_worst_ms": max(lags),
            "connections": pool.checkedin() + pool.checkedout(),
            "prepared": prepared,
            **seen.figures(),
        }


async def _watch_the_loop(lags: list[float]) -> None:
    """Note by how many ms the loop is late, a hundred times a second."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(LOOK_EVERY_S)
        lags.append(max(0.0, time.perf_counter() - began - LOOK_EVERY_S) * 1000)


async def _prepared(database: Database) -> int:
    """How many statements one connection had prepared on the server."""
    with everywhere():
        async with database.reading() as connection:
            count = sa.text("SELECT count(*) FROM pg_prepared_statements")
            return int((await connection.execute(count)).scalar_one())


def to_text(orders: ReplicasOrders) -> str:
    return json.dumps(asdict(orders))


if __name__ == "__main__":
    overwrite_what_is_freed()
    set_up_logs("ERROR")
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # of a pass that takes its time
    given_orders = ReplicasOrders(**json.loads(sys.argv[1]))
    Path(given_orders.report).write_text(json.dumps(asyncio.run(serve(given_orders))))
