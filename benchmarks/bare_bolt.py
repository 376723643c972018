"""The baseline of `ack`: slack-bolt as its documentation starts it, opening one fixed view."""

import argparse

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

VIEW = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Check-in"},
    "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "How are you?"}}],
}


def bare_app(api_url: str, token: str, secret: str) -> Starlette:
    app = AsyncApp(client=AsyncWebClient(token=token, base_url=api_url), signing_secret=secret)

    @app.command("/checkin")
    async def checkin(ack: AsyncAck, body: dict[str, str], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=VIEW)

    handler = AsyncSlackRequestHandler(app)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"])])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("api-url", "token", "secret", "port"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    uvicorn.run(
        bare_app(given.api_url, given.token, given.secret),
        port=int(given.port),
        log_level="critical",
        access_log=False,
    )
