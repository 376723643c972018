"""A second stand-in for Slack, so that the sandbox is not the only judge of what Cairn sends.

It shares nothing with the sandbox but the facts in sandbox/tests/reference/methods.json, which
neither of them made up: a method that is not listed, an argument that is missing or unknown, and
a call without a token are refused. It remembers what it was asked, and answers with the least that
Slack promises.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

REFERENCE = Path(__file__).parents[2] / "sandbox" / "tests" / "reference" / "methods.json"
METHODS: dict[str, dict[str, Any]] = json.loads(REFERENCE.read_text())["methods"]
TEAM, BOT, TOKEN = "T0OTHERSLACK", "U0BOT", "xoxb-of-another-slack"
# A token may be an argument of any method, and Bolt names the workspace even to auth.test.
ALWAYS = {"token", "team_id"}


@dataclass(slots=True)
class OtherSlack:
    """What was asked of it: accepted calls as (method, arguments), and refusals as sentences."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def asked(self, method: str) -> list[dict[str, Any]]:
        """The arguments of every accepted call of one method."""
        return [arguments for name, arguments in self.calls if name == method]

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one call of the Web API."""
        method = request.match_info["method"]
        arguments = await _arguments(request)
        error = self._error(request, method, arguments)
        if error:
            self.refused.append(f"{method}: {error}")
            return web.json_response({"ok": False, "error": error})
        self.calls.append((method, arguments))
        return web.json_response({"ok": True, **self._content(method, arguments)})

    def _error(self, request: web.Request, method: str, arguments: dict[str, Any]) -> str | None:
        facts = METHODS.get(method)
        if facts is None:
            return "unknown_method"
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return "not_authed"
        given = {name for name, value in arguments.items() if value is not None}
        if missing := set(facts["required"]) - given:
            return f"missing_argument {sorted(missing)}"
        if unknown := given - {*facts["required"], *facts["optional"], *ALWAYS}:
            return f"invalid_arg_name {sorted(unknown)}"
        return None

    def _content(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        if method == "auth.test":
            return {"team_id": TEAM, "user_id": BOT, "bot_id": "B0BOT", "url": "https://x.invalid/"}
        if method.startswith("views."):
            view = _read(arguments["view"])
            return {"view": {"id": f"V{number}", "hash": str(number), "state": {}, **view}}
        if method.startswith("conversations."):
            name = arguments.get("name", "direct")
            channel = {"id": f"C{number}", "name": name, "is_private": True}
            return {"channel": channel, "channels": [], "members": [], "messages": []}
        if method == "users.info":
            return {"user": {"id": arguments["user"], "profile": {}, "is_admin": False}}
        if method.startswith("chat."):
            return {"channel": arguments["channel"], "ts": f"17000000{number:02d}.000100"}
        return {}


async def _arguments(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        found: dict[str, Any] = await request.json()
        return found
    return {**request.query, **{key: str(value) for key, value in (await request.post()).items()}}


def _read(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return found


@asynccontextmanager
async def another_slack() -> AsyncIterator[tuple[OtherSlack, str]]:
    """Serve one on a free port; gives it and the address of its Web API."""
    stand_in = OtherSlack()
    application = web.Application(client_max_size=5_000_000)
    application.router.add_route("*", "/web-api/{method}", stand_in.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield stand_in, f"http://127.0.0.1:{runner.addresses[0][1]}/web-api/"
    finally:
        await runner.cleanup()
