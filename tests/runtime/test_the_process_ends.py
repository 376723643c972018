"""A process that is told to end does so in time, whatever hangs in it, and says so with code 0."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.source import ROOT
from tests.support.strange_servers import Strange, silence, slack, strange_server

STARTS_WITHIN_S, ENDS_WITHIN_S = 120, 10
KNOWN = {"ok": True, "team_id": "T0CAIRN", "user_id": "U0CAIRN", "bot_id": "B0CAIRN"}
HANGING = """
import asyncio, os, sys, time
from runtime.ending import ending_on_signals

async def main():
    stop = asyncio.Event()
    with ending_on_signals(stop, within_s=float(sys.argv[1])):
        print("on", flush=True)
        {hang}

asyncio.run(main())
"""
HANGS = {
    "a loop that stands still": "time.sleep(600)",
    "a thread at work when the loop has ended": (
        "asyncio.get_running_loop().run_in_executor(None, time.sleep, 600); await stop.wait()"
    ),
    "a task that is never done": "await asyncio.sleep(600)",
}


@contextmanager
def started(*words: str, settings: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    environment = {"PATH": os.environ["PATH"], "TMPDIR": os.environ.get("TMPDIR", "/tmp")}
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> float:
    """Tell it to end: the seconds that it took."""
    began_s = time.monotonic()
    process.send_signal(number)
    process.wait(timeout=60)
    return time.monotonic() - began_s


def served(
    stack: ExitStack, folder: Path, template: Path, **settings: str
) -> subprocess.Popen[str]:
    folder.mkdir()
    shutil.copy(template, folder / "cairn.db")
    usual = {
        "SLACK_BOT_TOKEN": "xoxb-hush",
        "SLACK_APP_TOKEN": "xapp-hush",
        "DATABASE_URL": f"sqlite:///{folder}/cairn.db",
        "KEY_DIR": str(folder / "keys"),
        "MONITOR_PORT": "0",
    }
    return stack.enter_context(started("app.py", "serve", settings=usual | settings))


def test_serve_ends_in_time_whoever_says_nothing(tmp_path: Path, sqlite_template: Path) -> None:
    with ExitStack() as stack:
        silent: dict[str, Strange] = {
            name: stack.enter_context(strange_server(silence))
            for name in ("slack", "socket", "database")
        }
        port = silent["socket"].port
        opens = {"ok": True, "url": f"ws://127.0.0.1:{port}/link"}
        answers = {"auth.test": KNOWN, "apps.connections.open": opens}
        api = stack.enter_context(strange_server(slack(answers)))
        own = {
            "slack": {"SLACK_API_URL": f"http://127.0.0.1:{silent['slack'].port}/api/"},
            "socket": {"SLACK_API_URL": f"http://127.0.0.1:{api.port}/api/"},
            "database": {
                "DATABASE_URL": f"postgresql://c:hush@127.0.0.1:{silent['database'].port}/c"
            },
        }
        processes = {
            name: served(stack, tmp_path / name, sqlite_template, **settings)
            for name, settings in own.items()
        }

        for name, process in processes.items():
            assert silent[name].visited.wait(STARTS_WITHIN_S), f"{name} was not asked"
            alive, ready = monitored(process)
            took_s = ended(process)

            assert (alive.status_code, ready.status_code) == (200, 503), name
            assert process.returncode == 0, name
            assert took_s <= ENDS_WITHIN_S, name


def monitored(process: subprocess.Popen[str]) -> tuple[httpx.Response, httpx.Response]:
    assert process.stderr is not None
    address = re.search(r"http://[\w.:]+", process.stderr.readline())
    assert address, "it does not say where it is monitored"
    return httpx.get(f"{address[0]}/healthz"), httpx.get(f"{address[0]}/readyz")


def test_a_process_ends_in_time_whatever_hangs_in_it() -> None:
    with ExitStack() as stack:
        processes = {
            name: stack.enter_context(hanging(hang, within_s=0.5)) for name, hang in HANGS.items()
        }
        for name, process in processes.items():
            took_s = ended(process)

            assert process.returncode == 0, name
            assert took_s >= 0.4, f"{name}: nothing hung"
            assert "stopped_unfinished" in process.communicate()[1] + process.communicate()[0]


def test_it_ends_when_nobody_takes_its_last_words() -> None:
    full = "asyncio.get_running_loop().run_in_executor(None, os.write, 2, b'x' * 10**7)"
    with hanging(f"{full}; await stop.wait()", within_s=0.5) as process:
        time.sleep(0.2)

        assert ended(process) < 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(number: int) -> None:
    with hanging(HANGS["a loop that stands still"], within_s=600) as process:
        process.send_signal(number)
        time.sleep(0.2)
        ended(process, number)

    assert process.returncode == 128 + number


@contextmanager
def hanging(hang: str, *, within_s: float) -> Iterator[subprocess.Popen[str]]:
    script = HANGING.format(hang=hang)
    with started("-c", script, str(within_s), settings={"PYTHONPATH": str(ROOT)}) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "on\n"
        yield process
