"""Starts a sandbox, and puts people and the app into it through its control API."""

import asyncio
import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import httpx
import yaml

from bot.kernel.errors import OperatorFacing
from runtime.demo.cast import Cast

BOT_TOKEN = "xoxb-sandbox-T0CAIRN"  # noqa: S105 - the sandbox's own, worth nothing elsewhere
APP_TOKEN = "xapp-sandbox"  # noqa: S105
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105
DIGESTS = "mentoring-digests"
MANIFEST = Path(__file__).parents[2] / "config" / "slack-manifest.yaml"


def command_of_the_sandbox(port: int) -> list[str]:
    """The command that starts a sandbox. Raises OperatorFacing where it is not installed."""
    # uvicorn stands for what the sandbox needs: production has none of it.
    if find_spec("slack_sandbox") is None or find_spec("uvicorn") is None:
        raise OperatorFacing(
            "The local workspace is not installed here; run script/demo, which installs it too, or "
            "pip install ./sandbox",
            permanent=True,
        )
    return [sys.executable, "-m", "slack_sandbox", "--port", str(port)]


def become_the_sandbox(port: int) -> NoReturn:
    """Let a sandbox take this process's place. Raises OperatorFacing where it is not installed."""
    command = command_of_the_sandbox(port)
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

    async def state(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.http.get("/_sandbox/state")).json()
        return found


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
        for slack_id, name, email, zone, title in cast.people
    ]
    await sandbox.post("users", {"users": people})


async def coordinators_channel(sandbox: Sandbox, cast: Cast) -> str:
    """The id of a private channel for digests, with the coordinator and the bot in it."""
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
