"""From start to ready, beside a Python that only imports slack-bolt; and memory when idle."""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from benchmarks.ack import StandIn, web_api
from benchmarks.prepared import SECRET, TOKEN, free_port, prepared_database

NAME = "startup"
ROOT = Path(__file__).parents[1]
IMPORT_BARE = "from slack_bolt.app.async_app import AsyncApp"
IDLE_S = 3.0


def run(*, quick: bool) -> list[dict[str, object]]:
    """Median seconds over several starts, their ratio, and Cairn's resident memory in MB."""
    return asyncio.run(_run(times=3 if quick else 9))


async def _run(*, times: int) -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        database = await prepared_database(Path(folder))
        async with web_api(StandIn()) as api_url:
            env = {
                **os.environ,
                "SLACK_BOT_TOKEN": TOKEN,
                "SLACK_SIGNING_SECRET": SECRET,
                "SLACK_API_URL": api_url,
                "DATABASE_URL": database.url,
                "KEY_DIR": database.keys,
                "LOG_LEVEL": "ERROR",
            }
            bare: list[float] = []
            ready: list[float] = []
            idle: dict[str, object] = {}
            for _ in range(times):
                bare.append(await asyncio.to_thread(_import_bare))
                seconds, idle = await asyncio.to_thread(_start, env)
                ready.append(seconds)
    import_s, ready_s = statistics.median(bare), statistics.median(ready)
    return [
        {"what": "python, importing bare slack-bolt", "seconds": import_s},
        {
            "what": "cairn, from start to ready",
            "seconds": ready_s,
            "ratio": ready_s / import_s,
            **idle,
        },
    ]


def _import_bare() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", IMPORT_BARE], check=True, cwd=ROOT)
    return time.perf_counter() - started


def _start(env: dict[str, str]) -> tuple[float, dict[str, object]]:
    """Seconds until /readyz answers 200, then memory when idle and whether OR-tools is loaded."""
    port, monitor = free_port(), free_port()
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "app.py", "serve", "--http", "--port", str(port)],
        cwd=ROOT,
        env=env | {"MONITOR_PORT": str(monitor)},
    )
    try:
        while not _is_ready(monitor):
            if process.poll() is not None:
                raise RuntimeError("the bot stopped before it was ready")
            time.sleep(0.005)
        seconds = time.perf_counter() - started
        time.sleep(IDLE_S)
        watched = psutil.Process(process.pid)
        maps = {Path(region.path).name for region in watched.memory_maps()}
        return seconds, {
            "idle_rss_mb": watched.memory_info().rss / 1e6,
            "or_tools_loaded": any("ortools" in name for name in maps),
        }
    finally:
        process.terminate()
        process.wait()


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
