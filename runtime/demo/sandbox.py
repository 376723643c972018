"""A sandbox: start it, put people and the app into it, and live by its clock."""

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import httpx
import structlog
import yaml

from bot.kernel.clock import SetClock
from bot.kernel.errors import OperatorFacing
from runtime.demo.cast import Cast

log = structlog.get_logger("cairn.follow")

BOT_TOKEN = "xoxb-sandbox-T0CAIRN"  # noqa: S105 - the sandbox's own, worth nothing elsewhere
APP_TOKEN = "xapp-sandbox"  # noqa: S105
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105
DIGESTS = "mentoring-digests"
POLL_TIMEOUT_S = 40
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts no certificate: the sandbox is on this machine, and reading a list of them takes time."""
PAUSE_AFTER_FAILURE_S = 0.5
Work = Callable[[], Awaitable[datetime | None]]
"""Does all that is due, and gives the instant of what is next."""
MANIFEST = Path(__file__).parents[2] / "config" / "slack-manifest.yaml"


def command_of_the_sandbox(
    port: int, hosts: Sequence[str] = (), *, start: datetime | None = None
) -> list[str]:
    """Give the command that starts a sandbox, which answers under `hosts`, too; from `start` on its
    clock stands still.

    Raises OperatorFacing where it is not installed.
    """
    # uvicorn stands for what the sandbox needs: production has none of it.
    if find_spec("slack_sandbox") is None or find_spec("uvicorn") is None:
        raise OperatorFacing(
            "The local workspace is not installed here; run script/demo, which installs it too, or "
            "pip install ./sandbox",
            permanent=True,
        )
    named = [f"--allow-host={host}" for host in hosts]
    begins = [f"--start={start.isoformat()}", "--rate=0"] if start else []
    return [sys.executable, "-m", "slack_sandbox", "--port", str(port), *named, *begins]


def become_the_sandbox(port: int, hosts: Sequence[str] = ()) -> NoReturn:
    """Replace this process by a sandbox. Raises OperatorFacing where it is not installed."""
    command = command_of_the_sandbox(port, hosts)
    os.execv(command[0], command)  # noqa: S606 - this interpreter, with arguments of our own


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox at `url`."""

    url: str
    http: httpx.AsyncClient

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask the control API. Raises OperatorFacing with its sentence when it refuses."""
        answer = (await self.http.post(f"/_sandbox/{path}", json=body)).json()
        if not answer.get("ok", True):
            raise OperatorFacing(f"The sandbox refused {path}: {answer.get('error')}")
        found: dict[str, Any] = answer
        return found

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """Look something up in the control API."""
        found: dict[str, Any] = (await self.http.get(f"/_sandbox/{path}", params=query)).json()
        return found

    async def state(self) -> dict[str, Any]:
        return await self.get("state")


async def wait_until_it_answers(sandbox: Sandbox, *, attempts: int = 200) -> None:
    """Return once the sandbox answers. Raises OperatorFacing after about ten seconds."""
    for _ in range(attempts):
        try:
            await sandbox.state()
        except httpx.HTTPError:
            await asyncio.sleep(0.05)
        else:
            return
    raise OperatorFacing("The local workspace did not start; try again, or another --port")


async def put_people_in(sandbox: Sandbox, cast: Cast) -> None:
    """Give every person of `cast` an account, and the coordinator the workspace's keys."""
    people = [
        {
            "id": slack_id,
            "name": name.lower().replace(" ", "."),
            "real_name": name,
            "email": email,
            "tz": zone,
            "title": title,
            "is_admin": slack_id == cast.coordinator,
        }
        for slack_id, name, email, zone, title in (*cast.people, *cast.contacts)
    ]
    await sandbox.post("users", {"users": people})


async def coordinators_channel(sandbox: Sandbox, cast: Cast) -> str:
    """Make a private channel for digests with the coordinator and the bot, and give its id."""
    bots = [one["id"] for one in (await sandbox.state())["users"] if one["is_bot"]]
    made = await sandbox.post(
        "channels",
        {"name": DIGESTS, "is_private": True, "members": [cast.coordinator, *bots]},
    )
    return str(made["channel"]["id"])


async def install_app(sandbox: Sandbox, *, events_url: str | None = None) -> None:
    """Install Cairn by its manifest; with `events_url` requests come over HTTP."""
    manifest = yaml.safe_load(MANIFEST.read_text())
    over_http = {"mode": "http", "request_url": events_url} if events_url else {"mode": "socket"}
    await sandbox.post("app", {"manifest": manifest, **over_http})


@dataclass(slots=True)
class Follower:
    """Keep `clock` on the sandbox's time and works whenever there is something to do.

    `work` does all that is due at `clock.now()` and returns the instant of what is next. `woken`
    is set when something was put in the outbox.
    """

    sandbox_url: str
    clock: SetClock
    work: Work
    woken: asyncio.Event
    name: str = "cairn"

    async def run(self, ready: asyncio.Event) -> None:
        """Follow until cancelled; `ready` is set when the clock has been read once."""
        seen, wakes_at = 0, None
        open_questions: set[asyncio.Task[dict[str, str] | None]] = set()
        async with (
            httpx.AsyncClient(
                base_url=self.sandbox_url, timeout=POLL_TIMEOUT_S, verify=NO_TLS
            ) as http,
            _cancelled_at_the_end(open_questions),
        ):
            while True:
                self.woken.clear()
                asking = asyncio.create_task(self._ask(http, seen, wakes_at))
                open_questions.add(asking)
                asking.add_done_callback(open_questions.discard)
                waking = asyncio.create_task(self.woken.wait())
                await asyncio.wait({asking, waking}, return_when=asyncio.FIRST_COMPLETED)
                waking.cancel()
                if asking.done() and (answer := asking.result()) is not None:
                    seen = int(answer["version"])
                    self.clock.set(datetime.fromisoformat(answer["now"]), float(answer["rate"]))
                    ready.set()
                # A question that is left open ends by itself as soon as the next is asked.
                wakes_at = await self.work()

    async def _ask(
        self, http: httpx.AsyncClient, seen: int, wakes_at: datetime | None
    ) -> dict[str, str] | None:
        """Wait for the clock to move. None after a pause when the sandbox cannot be reached."""
        question = {
            "follower": self.name,
            "seen": seen,
            "wakes_at": wakes_at.isoformat() if wakes_at else None,
        }
        try:
            response = await http.post("/_sandbox/follow", json=question)
            answer: dict[str, str] = response.raise_for_status().json()
        except httpx.HTTPError as failure:
            log.warning("sandbox_unreachable", failure=type(failure).__name__)
            await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
            return None
        return answer


@asynccontextmanager
async def _cancelled_at_the_end(
    tasks: set[asyncio.Task[dict[str, str] | None]],
) -> AsyncIterator[None]:
    try:
        yield
    finally:
        left = list(tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
