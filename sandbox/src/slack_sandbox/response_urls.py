"""Response URLs: docs.slack.dev/interactivity/handling-user-interaction."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from slack_sandbox import jsons
from slack_sandbox.answers import at_response_url
from slack_sandbox.problems import ApiError
from slack_sandbox.records import Json
from slack_sandbox.world import World

MOST_BYTES = 1_000_000


def routes(world: World) -> list[BaseRoute]:
    """Return the route that takes answers to interactions."""

    async def answer(request: Request) -> Response:
        path = request.path_params
        entry = world.response_urls.get(f"{path['team']}/{path['first']}/{path['second']}")
        if entry is None:
            return PlainTextResponse("no_such_url", status_code=404)
        try:
            said = _read(await request.body())
            at_response_url(world, entry, said)
        except ApiError as refused:
            status = 404 if refused.error in ("used_url", "expired_url") else 400
            return JSONResponse(refused.as_json(), status_code=status)
        return PlainTextResponse("ok")

    return [Route("/response/{team}/{first}/{second}", answer, methods=["POST"])]


def _read(body: bytes) -> Json:
    if len(body) > MOST_BYTES:
        raise ApiError("invalid_payload")
    try:
        said = jsons.loads(body)
    except ValueError:
        raise ApiError("invalid_payload") from None
    if not isinstance(said, dict):
        raise ApiError("invalid_payload")
    return said
