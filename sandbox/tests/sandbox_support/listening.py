"""An app that writes down what Slack sends it, over HTTP on a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox_support.box import Box, Json
from slack_sandbox.server import listen


@dataclass(slots=True)
class Ear:
    """What was heard: whole Events API envelopes, and slash commands."""

    envelopes: list[Json] = field(default_factory=list)
    commands: list[Json] = field(default_factory=list)

    async def event(self, kind: str, count: int = 1) -> Json:
        """Return the ``count``-th event of a type or subtype, once it has come."""
        for _ in range(300):
            found = self.of(kind)
            if len(found) >= count:
                return found[count - 1]
            await asyncio.sleep(0.01)
        raise AssertionError(f"No {kind} came; heard {[one['event'] for one in self.envelopes]}")

    def of(self, kind: str) -> list[Json]:
        """Return the events of a type or subtype so far."""
        events = [one["event"] for one in self.envelopes]
        return [one for one in events if kind in (one["type"], one.get("subtype"))]


@contextlib.asynccontextmanager
async def listening(box: Box) -> AsyncIterator[Ear]:
    """Let the sandbox's app listen, and yield what it hears."""
    ear = Ear()

    async def heard(request: Request) -> Response:
        body = (await request.body()).decode()
        if request.headers["content-type"].startswith("application/json"):
            ear.envelopes.append(json.loads(body))
        else:
            ear.commands.append(dict(parse_qsl(body, keep_blank_values=True)))
        return Response()

    app = Starlette(routes=[Route("/slack/events", heard, methods=["POST"])])
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events"
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await box.control("app", mode="http", request_url=url)
    try:
        yield ear
    finally:
        server.should_exit = True
        await task
        listener.close()
