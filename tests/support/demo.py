"""The demo as a stranger starts it, and a browser to look at it."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
)


@asynccontextmanager
async def running_demo(*words: str) -> AsyncIterator[str]:
    """Start the demo the way script/demo starts it; yield its address."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "app.py", "demo", "--port", str(port), "--no-browser", *words,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        await _until_it_runs(process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        ended = await process.wait()
    assert ended == 0


async def _until_it_runs(process: asyncio.subprocess.Process) -> None:
    assert process.stdout
    said = ""
    while "Press Ctrl-C" not in said:
        line = (await asyncio.wait_for(process.stdout.readline(), 120)).decode()
        assert line, f"the demo stopped: {said}"
        said += line


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """Open Chromium."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield opened
        await opened.close()


def free_port() -> int:
    """Name a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
