"""A person's hands in the sandbox: what a test does and sees in Slack, in a few words."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bot.kernel.clock import SetClock
from handlers.capability import Capabilities
from handlers.register import CAPABILITIES
from runtime.demo.cast import Cast
from runtime.demo.run import bot_in_sandbox, demo_options
from runtime.demo.sandbox import BOT_TOKEN, NO_TLS, Sandbox, put_people_in
from runtime.process import Cairn
from slack_sandbox.seed import populate
from slack_sandbox.server import running
from slack_sandbox.world import World
from tests.support.scopes import no_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackWorkspace:
    """A running sandbox with a running Cairn in it, both on one clock.

    Every method that does something waits until Cairn has nothing left to do at that instant.
    """

    url: str
    http: httpx.AsyncClient
    cairn: Cairn
    clock: SetClock

    async def slash(
        self, user: str, text: str = "", *, command: str = "/checkin", channel: str = ""
    ) -> dict[str, Any]:
        """Type a slash command, in the DM with Cairn unless a channel is named."""
        body = {"user": user, "command": command, "text": text}
        return await self._do("slash", body | ({"channel": channel} if channel else {}))

    async def click(
        self, user: str, action_id: str, *, value: Any = None, **where: str
    ) -> dict[str, Any]:
        """Press or choose: `channel` and `ts` of a message, or `view_id` of a modal or Home."""
        body = {"user": user, "action_id": action_id, **where}
        return await self._do("click", body | ({} if value is None else {"value": value}))

    async def offered(self, user: str, action_id: str, typed: str = "") -> list[tuple[str, str]]:
        """Look through a menu of the modal: the value and the label of all that is offered."""
        view = await self.view(user)
        body = {"user": user, "action_id": action_id, "value": typed, "view_id": view["id"]}
        answer = (await self._do("suggest", body))["response"] or {"options": []}
        return [(one["value"], one["text"]["text"]) for one in answer["options"]]

    async def submit(self, user: str, view_id: str, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Submit a modal; `answers` gives a value for each block id."""
        view = await self.view(user)
        actions = {
            block["block_id"]: block["element"]["action_id"]
            for block in view["blocks"]
            if block["type"] == "input"
        }
        state = {block_id: {actions[block_id]: value} for block_id, value in answers.items()}
        return await self._do("submit", {"user": user, "view_id": view_id, "state": state})

    async def press(self, user: str, label: str, *, value: Any = None, **where: Any) -> Any:
        """Press the button that says `label`: of a message, or else of the Home tab or modal.

        Give `message` (as `messages` gave it), or `modal=True`, or neither for the Home tab;
        `settings=True` for what is behind its button *Settings*, `tools=True` behind *Tools*.
        """
        message, modal = where.get("message"), where.get("modal", False)
        for page in ("Settings", "Tools"):
            if where.get(page.lower()):
                await self.press(user, page)
                modal = True
        holder = message or (await self.view(user) if modal else await self.home(user))
        button = next((one for one in buttons(holder) if one["text"]["text"] == label), None)
        assert button, f"no button says {label!r}: {[b['text']['text'] for b in buttons(holder)]}"
        place = (
            {"channel": message["channel"], "ts": message["ts"]}
            if message
            else {"view_id": holder["id"]}
        )
        return await self.click(user, button["action_id"], value=value, **place)

    async def upload(self, user: str, name: str, content: str) -> dict[str, Any]:
        """Give a file to a form, as the page does; what a file input then holds."""
        path = f"/client/{self.cairn.workspace_id}/{user}/home/upload"
        answer = await self.http.post(path, files={"files": (name, content.encode())})
        file_id = answer.json()["files"][0]["id"]
        token = {"Authorization": f"Bearer {BOT_TOKEN}"}
        about = await self.http.get("/api/files.info", params={"file": file_id}, headers=token)
        found: dict[str, Any] = about.json()["file"]
        return found

    async def view(self, user: str) -> dict[str, Any]:
        """The modal that lies on top for this person."""
        views = await self.views(user)
        assert views, f"no modal is open for {user}"
        return views[-1]

    async def views(self, user: str) -> list[dict[str, Any]]:
        """The modals open for this person, the top one last."""
        found: list[dict[str, Any]] = (await self._get("views", user=user))["views"]
        return found

    async def home(self, user: str) -> dict[str, Any]:
        """The Home tab, as this person sees it when they open it now."""
        await self._do("home", {"user": user})
        found: dict[str, Any] = await self._get("home", user=user)
        return found["view"] or {"blocks": []}

    async def messages(self, *, user: str = "", channel: str = "") -> list[dict[str, Any]]:
        """The messages of a channel, or of a person's DM with Cairn, oldest first."""
        where = {"channel": channel} if channel else {"user": user}
        found: list[dict[str, Any]] = (await self._get("messages", **where))["messages"]
        return found

    async def state(self) -> dict[str, Any]:
        """The whole workspace, as the control API tells it."""
        return await self._get("state")

    async def calls(self, method: str) -> list[dict[str, Any]]:
        """Every Web API call of this method, oldest first: its arguments and its answer."""
        found: list[dict[str, Any]] = (await self._get("calls", method=method, limit="100000"))[
            "calls"
        ]
        return found

    async def channel_id(self, name: str) -> str:
        """The id of the channel with this name."""
        channels = (await self.state())["channels"]
        return next(str(channel["id"]) for channel in channels if channel["name"] == name)

    async def private_channel(self, name: str) -> str:
        """The id of the channel with this name, which its owner makes private first."""
        channel = await self.channel_id(name)
        await self.http.post(
            "/_sandbox/channel", json={"user": "U0OWNER", "channel": channel, "what": "private"}
        )
        return channel

    async def close(self, user: str) -> None:
        """Close every modal that this person has open."""
        for view in await self.views(user):
            await self._do("close", {"user": user, "view_id": view["id"], "clear": True})
            return

    async def advance(self, **timedelta_parts: float) -> None:
        """Let time pass, with all that falls due on the way."""
        seconds = timedelta(**timedelta_parts).total_seconds()
        await self._move({"advance_s": seconds})

    async def go_to(self, at: datetime) -> None:
        """Let time pass until `at`, with all that falls due on the way."""
        await self._move({"to": at.isoformat()})

    async def settle(self) -> None:
        """Wait until Cairn has nothing left to do at this instant."""
        await self._move({"advance_s": 0})

    async def _do(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.http.post(f"/_sandbox/{what}", json=body)
        found: dict[str, Any] = answer.json()
        assert answer.status_code == 200, found
        await self.settle()
        return found

    async def _get(self, what: str, **query: str) -> dict[str, Any]:
        answer = await self.http.get(f"/_sandbox/{what}", params=query)
        found: dict[str, Any] = answer.json()
        assert answer.status_code == 200, found
        return found

    async def _move(self, how: dict[str, Any]) -> None:
        answer = (await self.http.post("/_sandbox/clock", json=how | {"wait_s": 120})).json()
        assert answer.get("settled"), answer


def buttons(holder: Any) -> list[dict[str, Any]]:
    """Every button in some Block Kit."""
    found: list[dict[str, Any]] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "button":
                found.append(node)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(holder["blocks"])
    return found


def texts(messages: list[dict[str, Any]]) -> list[str]:
    """What a screen reader says of each message."""
    return [message["text"] for message in messages]


def all_text(blocks_or_view: Any) -> str:
    """Every piece of text in some Block Kit, one a line."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("text"), str):
                found.append(node["text"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(blocks_or_view)
    return "\n".join(found)


@asynccontextmanager
async def slack_workspace(
    database_address: str,
    key_folder: Path,
    *,
    start: datetime,
    cast: Cast,
    over_http: bool = False,
    capabilities: Capabilities = CAPABILITIES,
    public_url: str | None = None,
) -> AsyncIterator[SlackWorkspace]:
    """A sandbox that stands at `start`, the people of `cast` in it, and Cairn, in this process."""
    world = World(start=start, rate=0)
    populate(world)
    async with (
        running(world) as url,
        httpx.AsyncClient(base_url=url, timeout=180, verify=NO_TLS) as http,
    ):
        sandbox = Sandbox(url, http)
        await put_people_in(sandbox, cast)
        options = demo_options(url, key_folder, database_url=database_address)
        options = replace(options, public_url=public_url)
        async with AsyncExitStack() as stack:
            bot = bot_in_sandbox(sandbox, options, over_http=over_http, capabilities=capabilities)
            with no_scope():
                cairn = await stack.enter_async_context(bot)
            clock = cairn.services.clock
            assert isinstance(clock, SetClock)
            yield SlackWorkspace(url=url, http=http, cairn=cairn, clock=clock)
