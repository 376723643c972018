"""Start the bot of a soak, kill it without a word, and start it again as a service manager does."""

import asyncio
import contextlib
import json
import signal
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
import psutil

from tests.soak.invariants import Vitals
from tests.soak.the_bot import BotsOrders, to_text

ROOT = Path(__file__).parents[2]
LISTENS_WITHIN_S = 300.0
SOCKETS = 2


@dataclass(slots=True)
class Bot:
    """A bot in a process of its own. What it writes to its log stays over its lives."""

    orders: BotsOrders
    http: httpx.AsyncClient
    life: int = 0
    kills: int = 0
    ended: list[int] = field(default_factory=list)
    """The exit codes of lives that nobody had ended."""
    _process: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> Path:
        return Path(self.orders.folder) / "bot.log"

    async def start(self) -> None:
        """Start it, and wait until Slack can reach it."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.soak.the_bot", to_text(self.orders),
                cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip
        self.life += 1
        give_up_at = time.monotonic() + LISTENS_WITHIN_S
        while time.monotonic() < give_up_at:
            if self._process.returncode is not None:
                break
            [app] = (await self.http.get("/_sandbox/state")).json()["apps"]
            if app["connections"] == SOCKETS:
                return
            await asyncio.sleep(0.05)
        raise RuntimeError(f"the bot did not start: {self.log.read_text()[-2_000:]}")

    async def die(self) -> None:
        """Kill it in whatever it does."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        if await self._process.wait() == -signal.SIGKILL:
            self.kills += 1

    async def begin_anew_if_ended(self) -> None:
        """Start it again where it ended by itself, which it should never do."""
        if self._process is not None and self._process.returncode is not None:
            self.ended.append(self._process.returncode)
            await self.start()

    def vitals(self, at: datetime) -> Vitals | None:
        """What it needs now; None before it has done anything."""
        assert self._process is not None
        try:
            known = json.loads(self.orders.vitals.read_text())
            process = psutil.Process(self._process.pid)
            rss_mb, files = process.memory_info().rss / 1e6, process.num_fds()
        except (FileNotFoundError, psutil.Error):
            return None
        return Vitals(
            life=self.life, at=at, rss_mb=rss_mb, files=files, wal_mb=self._log_mb(), **known
        )

    def _log_mb(self) -> float:
        """The size of SQLite's write-ahead log."""
        wal = Path(self.orders.database_url.removeprefix("sqlite:///") + "-wal")
        return wal.stat().st_size / 1e6 if wal.exists() else 0.0
