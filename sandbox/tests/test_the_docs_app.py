"""The apps in README.md and docs/how-to/try-your-own-bolt-app.md work as they stand there."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from sandbox_support.box import Box
from slack_sandbox.server import listen

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "try-your-own-bolt-app.md"
README = Path(__file__).parents[1] / "README.md"
MOST_LINES = 20


def code_on_the_page(page: Path = PAGE) -> str:
    [code] = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    return str(code)


def posts_on_the_page(page: Path = PAGE) -> list[tuple[str, str]]:
    """Return the path and the body of every request that a page shows."""
    shown = r"curl -X POST http://127.0.0.1:3300(\S+)[\s\\]+-d '(.*)'"
    return re.findall(shown, page.read_text())


@pytest.fixture
async def lunch(box: Box, tmp_path: Path) -> AsyncIterator[Box]:
    """The workspace with the page's app running in a process of its own, by the page's values."""
    exports = dict(re.findall(r"export (\w+)=(\S+)", PAGE.read_text()))
    exports["SLACK_API_URL"] = exports["SLACK_API_URL"].replace("http://127.0.0.1:3300", box.base)
    script = tmp_path / "lunch.py"
    script.write_text(code_on_the_page())
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), env=os.environ | exports, stderr=asyncio.subprocess.PIPE
    )
    try:
        for _ in range(400):
            if (await box.read("sockets"))["connections"]:
                break
            assert process.returncode is None, await process.communicate()
            await asyncio.sleep(0.05)
        yield box
    finally:
        process.kill()
        await process.communicate()


async def said(box: Box, count: int) -> list[str]:
    for _ in range(100):
        messages = (await box.read("messages", user="U0BOB"))["messages"]
        if len(messages) >= count:
            return [one["text"] for one in messages]
        await asyncio.sleep(0.05)
    raise AssertionError("The app did not answer within 5 s.")


async def test_the_app_on_the_page_takes_a_command_and_a_click(lunch: Box) -> None:
    asked = await lunch.control("slash", user="U0BOB", command="/lunch", text="soup & bread")
    await said(lunch, 1)
    [message] = (await lunch.read("messages", user="U0BOB"))["messages"]
    clicked = await lunch.control(
        "click", user="U0BOB", action_id="in", channel=message["channel"], ts=message["ts"]
    )

    assert asked["error"] is clicked["error"] is None
    assert await said(lunch, 2) == [
        "<@U0BOB> asks: soup &amp; bread",
        "<@U0BOB> comes along.",
    ]


def test_the_app_on_the_page_is_as_short_as_it_claims() -> None:
    lines = [line for line in code_on_the_page().splitlines() if line.strip()]

    assert len(lines) <= MOST_LINES


async def test_the_requests_on_the_page_are_understood(box: Box) -> None:
    posts = posts_on_the_page()

    answers = [await box.http.post(path, content=body) for path, body in posts]

    assert [answer.status_code for answer in answers] == [200, 200], [a.text for a in answers]


async def test_the_app_in_the_readme_answers(box: Box, tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as free:
        port = str(free.getsockname()[1])
    script = tmp_path / "hello.py"
    code = code_on_the_page(README).replace("http://127.0.0.1:3300", box.base)
    script.write_text(code.replace("3000", port))
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), stdout=asyncio.subprocess.DEVNULL
    )

    try:
        await answering(f"http://127.0.0.1:{port}")
        tell, use = posts_on_the_page(README)
        await box.http.post(tell[0], content=tell[1].replace("3000", port))
        used = (await box.http.post(use[0], content=use[1])).json()
    finally:
        process.kill()
        await process.communicate()

    assert used["response"] == {"text": "Hello <@U0OWNER>"}


async def answering(url: str) -> None:
    async with httpx.AsyncClient() as http:
        for _ in range(400):
            try:
                await http.get(url)
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return
    raise AssertionError("The app did not start within 20 s.")
