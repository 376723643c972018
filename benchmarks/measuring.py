"""What a piece of work costs: time, statements, the longest block of the loop, the longest write.

And the hands to do it with: the real Bolt app with its real services, which Slack's requests reach
as dictionaries, and a stand-in for Slack that answers at once.
"""

import asyncio
import itertools
import json
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

import aiohttp
import sqlalchemy as sa
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.kernel.ids import WorkspaceId
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import Vault
from config.catalogue import load_catalogue
from handlers.edge.clients import FixedClients, slack_client
from handlers.edge.inbox import Inbox
from handlers.edge.services import Services
from handlers.home import HomeTab
from handlers.install.authorization import FixedAuthorize
from handlers.register import CAPABILITIES, bolt_app
from handlers.sending.messenger import SlackComposer

LOOK_EVERY_S = 0.001
View = Mapping[str, Any]


@dataclass(slots=True)
class Cost:
    """What was measured of one kind of work, a figure for each time it was done."""

    took_ms: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)
    longest_block_s: float = 0.0
    longest_write_s: float = 0.0

    @property
    def p50_ms(self) -> float:
        return statistics.median(self.took_ms)

    @property
    def p99_ms(self) -> float:
        """The slowest of fewer than a hundred."""
        return sorted(self.took_ms)[max(0, -(-len(self.took_ms) * 99 // 100) - 1)]

    @property
    def most_queries(self) -> int:
        return max(self.queries)


class Probe:
    """Counts statements and times write transactions of one database, from now on."""

    def __init__(self, database: Database) -> None:
        self.queries = 0
        self.longest_write_s = 0.0
        self._began: dict[int, float] = {}
        engine = database.engine.sync_engine
        sa.event.listen(engine, "before_cursor_execute", self._count)
        sa.event.listen(engine, "begin", self._begin)
        sa.event.listen(engine, "commit", self._end)
        sa.event.listen(engine, "rollback", self._end)

    def _count(self, *_: Any) -> None:
        self.queries += 1

    def _begin(self, connection: sa.Connection) -> None:
        if not connection.get_execution_options().get("cairn_read_only"):
            self._began[id(connection)] = time.perf_counter()

    def _end(self, connection: sa.Connection) -> None:
        began = self._began.pop(id(connection), None)
        if began is not None:
            self.longest_write_s = max(self.longest_write_s, time.perf_counter() - began)

    @contextmanager
    def adding_to(self, cost: Cost) -> Iterator[None]:
        """Add what is done meanwhile to `cost`, as one time of it."""
        self.queries, self.longest_write_s = 0, 0.0
        started = time.perf_counter()
        yield
        cost.took_ms.append((time.perf_counter() - started) * 1000)
        cost.queries.append(self.queries)
        cost.longest_write_s = max(cost.longest_write_s, self.longest_write_s)


@asynccontextmanager
async def watching_the_loop(cost: Cost) -> AsyncIterator[None]:
    """Note in `cost` for how long at most nothing else could run meanwhile."""

    async def look() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now = time.perf_counter()
            cost.longest_block_s = max(cost.longest_block_s, now - last - LOOK_EVERY_S)
            last = now

    looking = asyncio.create_task(look())
    await asyncio.sleep(0)
    try:
        yield
        await asyncio.sleep(LOOK_EVERY_S)  # what blocked to the very end is seen too
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


@dataclass(slots=True)
class Slack:
    """Stands in for the HTTP session: answers every call at once, as Slack would if all is well.

    `shown` is the view that was opened, updated or published last; `arrived` says when one came,
    by its trigger or, for Home, its user.
    """

    workspace_id: WorkspaceId
    shown: View = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    arrived: dict[str, float] = field(default_factory=dict)
    closed: bool = False
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @asynccontextmanager
    async def request(self, _verb: str, url: str, **given: Any) -> AsyncIterator["Answer"]:
        """What aiohttp's session offers to slack_sdk."""
        method = url.rpartition("/")[2]
        self.calls[method] += 1
        asked = {**(given.get("params") or {}), **(given.get("json") or {})}
        asked |= given.get("data") or {}
        number = next(self._numbers)
        channel: Any = str(asked.get("channel") or "C1")
        if method.startswith("conversations."):
            channel = {"id": f"C{number}"}
        body: dict[str, Any] = {"ok": True, "channel": channel, "ts": f"1.{number}"}
        if method == "auth.test":
            body |= {"team_id": self.workspace_id, "user_id": "U0BOT", "bot_id": "B0"}
        if method.startswith("views."):
            view = asked["view"]
            self.shown = json.loads(view) if isinstance(view, str) else view
            self.arrived[str(asked.get("trigger_id") or asked.get("user_id"))] = time.perf_counter()
            body["view"] = {"id": asked.get("view_id") or f"V{number}", "hash": "1"}
        yield Answer(body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What slack_sdk reads of an HTTP response."""

    body: Mapping[str, Any]
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    async def json(self) -> Mapping[str, Any]:
        return self.body


@dataclass(frozen=True, slots=True)
class Hands:
    """What a person does in Slack. Every method waits until the bot has nothing left to do."""

    workspace_id: WorkspaceId
    app: AsyncApp
    slack: Slack
    services: Services
    composer: SlackComposer
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    async def command(self, user: str, command: str, text: str = "") -> View:
        """Type a slash command; the view that it opened."""
        return await self._send({"command": command, "text": text}, user)

    async def home(self, user: str) -> View:
        """Open the Home tab."""
        event = {"type": "app_home_opened", "user": user, "tab": "home", "channel": "D1"}
        return await self.event(event, user)

    async def event(self, event: Mapping[str, Any], user: str) -> View:
        """Let Slack tell of an event."""
        number = next(self._numbers)
        body = {"type": "event_callback", "event_id": f"Ev{number}", "event": event}
        return await self._send(body, user)

    async def click(
        self, user: str, action_id: str, value: str = "", *, view: View | None = None
    ) -> View:
        """Press a button, of `view` or of the Home tab."""
        action = {"action_id": action_id, "type": "button", "value": value}
        where = self._opened(view) if view else {"id": "VHOME", "type": "home"}
        return await self._send({"type": "block_actions", "actions": [action], "view": where}, user)

    async def submit(self, user: str, view: View, answers: Mapping[str, Any]) -> View:
        """Submit a form; `answers` gives the element of each block, others take their first."""
        values = {
            block["block_id"]: {"it": answers.get(block["block_id"]) or _first(block["element"])}
            for block in view["blocks"]
            if block["type"] == "input"
        }
        state = {"values": values | {k: {"it": v} for k, v in answers.items()}}
        body = {"type": "view_submission", "view": {**self._opened(view), "state": state}}
        return await self._send(body, user)

    def _opened(self, view: View) -> dict[str, Any]:
        return {"id": f"V{next(self._numbers)}", "hash": "1", **view}

    async def _send(self, body: dict[str, Any], user: str) -> View:
        trigger = {} if "event_id" in body else {"trigger_id": f"t{next(self._numbers)}"}
        whole = body | trigger | {"team_id": self.workspace_id, "user_id": user}
        whole["team"] = {"id": self.workspace_id}
        if "event" not in body:
            whole["user"] = {"id": user}
        request = AsyncBoltRequest(body=whole, mode="socket_mode")
        answer = await self.app.async_dispatch(request)
        await self.services.in_flight.none()
        if answer.status != 200:
            raise RuntimeError(f"the bot answered {answer.status}")
        acked = json.loads(answer.body) if answer.body else {}
        return acked.get("view") or acked.get("errors") or self.slack.shown


def hands(database: Database, clock: Clock, vault: Vault, *, workspace_id: WorkspaceId) -> Hands:
    """The whole bot on `database`, without a loop of its own, and somebody to use it."""
    slack = Slack(workspace_id)
    session = cast(aiohttp.ClientSession, slack)
    client = slack_client(session, token="xoxb-benchmark", api_url="http://slack.invalid/api/")
    services = Services(
        database=with_keyring(database, Keyring(vault, WORDS)),
        clock=clock,
        catalogue=load_catalogue(),
        vault=vault,
        clients=FixedClients({workspace_id: client}),
        publish_home=HomeTab(CAPABILITIES).publish,
        message_names=CAPABILITIES.names,
        erasers=CAPABILITIES.erasers,
        to_dos=CAPABILITIES.to_dos,
        following=CAPABILITIES.following,
    )
    app = bolt_app(
        services,
        Inbox(services, CAPABILITIES.events),
        capabilities=CAPABILITIES,
        client=slack_client(session, token=None, api_url=client.base_url),
        authorize=FixedAuthorize(
            AuthorizeResult(enterprise_id=None, team_id=workspace_id, bot_token=client.token)
        ),
    )
    return Hands(workspace_id, app, slack, services, SlackComposer(services, CAPABILITIES.writers))


def text(value: str) -> dict[str, str]:
    """What a text field holds."""
    return {"type": "plain_text_input", "value": value}


def _first(element: Mapping[str, Any]) -> dict[str, Any]:
    """What an element holds in which nothing, or the first option, was chosen."""
    if "initial_option" in element:
        return {"selected_option": element["initial_option"]}
    options: Sequence[Any] = element.get("options") or ()
    if element["type"].startswith(("multi", "checkboxes")):
        return {"selected_options": []}
    if options:
        return {"selected_option": options[0]}
    return {"value": element.get("initial_value")}
