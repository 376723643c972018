"""`python -m tests.soak.the_bot ORDERS`: the bot of a soak, in a process that may be killed.

It lives by the sandbox's clock. Whoever is not played from outside acts by the demo's habits.
"""

import asyncio
import gc
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from runtime.demo.living import Living
from runtime.demo.run import bot_in_sandbox, demo_options
from runtime.demo.sandbox import NO_TLS, Sandbox, Work
from runtime.logs import set_up_logs
from runtime.memory import overwrite_what_is_freed
from runtime.process import Cairn

CALL_TIMEOUT_S = 2.0
"""Shorter than in earnest: calls that hang cost real time."""
TRIED_AGAIN_AFTER = timedelta(seconds=5)
"""What `serve` waits when the database was away."""


@dataclass(frozen=True, slots=True)
class BotsOrders:
    """Where things are, whom others play, and where to write down what it needs."""

    sandbox_url: str
    database_url: str
    folder: str
    played: tuple[str, ...]
    seed: int

    @property
    def vitals(self) -> Path:
        return Path(self.folder) / "vitals.json"


async def live(orders: BotsOrders) -> None:
    """Run until killed. Whatever nobody expects ends it, with exit code 70."""
    options = demo_options(
        orders.sandbox_url, Path(orders.folder), database_url=orders.database_url
    )
    ended = asyncio.Event()

    async def played() -> Iterable[str]:
        return orders.played

    def work(cairn: Cairn) -> Work:
        cairn.dispatcher.call_timeout_s = CALL_TIMEOUT_S
        living = Living(cairn=cairn, seed=orders.seed, played=played)

        async def pass_() -> datetime:
            try:
                next_at = await living.work()
            except (SQLAlchemyError, OSError) as failure:
                sys.stderr.write(f"pass_broken_off {type(failure).__name__}\n")
                return cairn.services.clock.now() + TRIED_AGAIN_AFTER
            except Exception as failure:
                sys.stderr.write(f"unexpected {failure!r}\n")
                ended.set()
                raise
            _note(cairn, orders.vitals)
            return next_at

        return pass_

    async with (
        httpx.AsyncClient(base_url=orders.sandbox_url, timeout=60, verify=NO_TLS) as http,
        bot_in_sandbox(Sandbox(orders.sandbox_url, http), options, work=work),
    ):
        gc.collect()
        gc.freeze()
        await ended.wait()
        os._exit(70)


def _note(cairn: Cairn, file: Path) -> None:
    """Leave the figures that only this process knows."""
    pool = cairn.database.engine.sync_engine.pool
    assert isinstance(pool, QueuePool)
    figures = {
        "tasks": len(asyncio.all_tasks()),
        "connections": pool.checkedin() + pool.checkedout(),
    }
    beside = file.with_suffix(".new")
    beside.write_text(json.dumps(figures))
    beside.replace(file)


def to_text(orders: BotsOrders) -> str:
    """Write orders as the command line takes them."""
    return json.dumps(asdict(orders))


if __name__ == "__main__":
    overwrite_what_is_freed()
    set_up_logs("WARNING")
    given = json.loads(sys.argv[1])
    asyncio.run(live(BotsOrders(**given | {"played": tuple(given["played"])})))
