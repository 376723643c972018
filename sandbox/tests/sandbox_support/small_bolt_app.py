"""A small Bolt app, as anybody might write it, run over the sandbox by both transports."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox_support.box import BOT_TOKEN, Box
from slack_sandbox.seed import APP_TOKEN, SIGNING_SECRET
from slack_sandbox.server import listen

FORM = {
    "type": "modal",
    "callback_id": "order",
    "title": {"type": "plain_text", "text": "Order"},
    "submit": {"type": "plain_text", "text": "Send"},
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "dish",
            "label": {"type": "plain_text", "text": "Dish"},
            "element": {"type": "plain_text_input", "action_id": "name"},
        }
    ],
}
BUTTON = {
    "type": "actions",
    "block_id": "buttons",
    "elements": [
        {
            "type": "button",
            "action_id": "done",
            "text": {"type": "plain_text", "text": "Done"},
            "value": "42",
        }
    ],
}


def build(base: str) -> AsyncApp:
    """Return the app; what it hears is in its ``heard`` list."""
    client = AsyncWebClient(token=BOT_TOKEN, base_url=f"{base}/api/")
    app = AsyncApp(client=client, signing_secret=SIGNING_SECRET)
    app.heard = []  # type: ignore[attr-defined]
    _take_orders(app)
    _react(app, app.heard)  # type: ignore[attr-defined]
    return app


def _take_orders(app: AsyncApp) -> None:
    @app.command("/order")
    async def order(ack: Any, body: Any, client: Any) -> None:
        await ack()
        if body["text"] == "form":
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.command("/echo")
    async def echo(ack: Any, body: Any) -> None:
        await ack(f"You said {body['text']}")

    @app.view("order")
    async def ordered(ack: Any, body: Any, client: Any) -> None:
        dish = body["view"]["state"]["values"]["dish"]["name"]["value"]
        answers: dict[str, Any] = {
            "stone": {"response_action": "errors", "errors": {"dish": "Nobody eats stone."}},
            "soup": {"response_action": "push", "view": {**FORM, "callback_id": "bowl"}},
            "bread": {"response_action": "update", "view": {**FORM, "callback_id": "crust"}},
            "nothing": {"response_action": "clear"},
        }
        await ack(**answers.get(dish, {}))
        if dish not in answers:
            await client.chat_postMessage(
                channel=body["user"]["id"], text=f"One {dish}", blocks=[BUTTON]
            )

    @app.action("done")
    async def done(ack: Any, respond: Any, action: Any) -> None:
        await ack()
        await respond(f"Done with {action['value']}", replace_original=True)


def _react(app: AsyncApp, heard: list[str]) -> None:
    @app.view_closed("order")
    async def closed(ack: Any) -> None:
        await ack()
        heard.append("closed")

    @app.shortcut("remember")
    async def remember(ack: Any, shortcut: Any) -> None:
        await ack()
        heard.append(shortcut["type"])

    @app.event("app_home_opened")
    async def home(event: Any, client: Any) -> None:
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "Welcome"}}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    @app.message("hello")
    async def hello(say: Any, message: Any) -> None:
        await say(f"Hello <@{message['user']}>")

    @app.event("user_change")
    async def changed(event: Any) -> None:
        heard.append(f"{event['user']['id']} deleted={event['user']['deleted']}")

    @app.event("team_join")
    async def joined(event: Any) -> None:
        heard.append(f"{event['user']['id']} joined")


@contextlib.asynccontextmanager
async def over_socket_mode(box: Box) -> AsyncIterator[AsyncApp]:
    """Run the app with Bolt's own Socket Mode handler."""
    app = build(box.base)
    handler = AsyncSocketModeHandler(app, APP_TOKEN)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        yield app
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@contextlib.asynccontextmanager
async def over_http(box: Box) -> AsyncIterator[AsyncApp]:
    """Run the app with Bolt's own ASGI adapter, which checks every signature."""
    app = build(box.base)
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events"
    config = uvicorn.Config(
        AsyncSlackRequestHandler(app), log_config=None, lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await box.control("app", mode="http", request_url=url)
    try:
        yield app
    finally:
        server.should_exit = True
        await task
        listener.close()
