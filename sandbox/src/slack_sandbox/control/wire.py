"""Reading control requests and writing their answers, with every fault named by its field."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from slack_sandbox import jsons
from slack_sandbox.problems import ApiError, Problem
from slack_sandbox.records import Json
from slack_sandbox.results import Result
from slack_sandbox.world import World

Answer = Callable[[World, Json], Awaitable[Json]]
MOST_BYTES = 10_000_000


def posts(world: World, answers: dict[str, Answer]) -> list[BaseRoute]:
    """Return routes whose answers take the request's JSON object."""

    def route(path: str, answer: Answer) -> BaseRoute:
        async def endpoint(request: Request) -> Response:
            return JSONResponse(await answer(world, await _body(request)))

        return Route(path, _caught(endpoint), methods=["POST"])

    return [route(path, answer) for path, answer in answers.items()]


def long_poll(world: World, path: str, answer: Answer) -> BaseRoute:
    """Return a route like those of ``posts`` that stops waiting when the caller is gone."""

    async def endpoint(request: Request) -> Response:
        work = asyncio.ensure_future(answer(world, await _body(request)))
        gone = asyncio.ensure_future(_until_gone(request))
        try:
            await asyncio.wait({work, gone}, return_when="FIRST_COMPLETED")
            return JSONResponse(await work if work.done() else {"ok": False})
        finally:
            gone.cancel()
            work.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)

    return Route(path, _caught(endpoint), methods=["POST"])


def gets(world: World, answers: dict[str, Answer]) -> list[BaseRoute]:
    """Return routes whose answers take the request's query, an object of texts."""

    def route(path: str, answer: Answer) -> BaseRoute:
        async def endpoint(request: Request) -> Response:
            return JSONResponse(await answer(world, dict(request.query_params)))

        return Route(path, _caught(endpoint), methods=["GET"])

    return [route(path, answer) for path, answer in answers.items()]


def not_found_routes() -> list[BaseRoute]:
    """Return the route that answers for every path that there is not."""

    async def endpoint(request: Request) -> Response:
        path = request.path_params["path"]
        sentence = f"There is no {request.method} /_sandbox/{path}."
        return JSONResponse({"ok": False, "error": sentence, "field": "path"}, status_code=404)

    return [Route("/{path:path}", endpoint, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])]


def take(body: Json, required: Iterable[str], optional: Iterable[str] = ()) -> Json:
    """Return the body's fields; Problem for one that is missing, of no use, or unknown."""
    wanted = list(required)
    allowed = {*wanted, *optional}
    for name in body:
        if name not in allowed:
            raise Problem(name, f"There is no field {name!r} here.")
    for name in wanted:
        if body.get(name) in (None, ""):
            raise Problem(name, f"The field {name!r} is missing.")
    return {name: value for name, value in body.items() if value is not None}


def texts(fields: Json, *names: str) -> Json:
    """Return the fields after checking that those named hold text."""
    for name in names:
        if name in fields and not isinstance(fields[name], str):
            raise Problem(name, f"The field {name!r} holds text.")
    return fields


def result(outcome: Result) -> Json:
    """Return an action's outcome as JSON."""
    return {"ok": True, **asdict(outcome)}


def number(value: Any, field: str) -> float:
    """Return a finite number; Problem otherwise."""
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not abs(value) <= 1e12:  # refuses nan as well
        raise Problem(field, "Give a number.")
    return float(value)


def whole(value: Any, field: str) -> int:
    """Return a whole number from 0, also from text; Problem otherwise."""
    if isinstance(value, bool) or not str(value).isdigit():
        raise Problem(field, "Give a whole number from 0.")
    return int(value)


def _caught(
    endpoint: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    async def caught(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Problem as problem:
            return JSONResponse(problem.as_json(), status_code=problem.status)
        except ApiError as refused:
            return JSONResponse({**refused.as_json(), "field": "body"}, status_code=400)

    return caught


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _body(request: Request) -> Json:
    content = await request.body()
    if not content.strip():
        return {}
    if len(content) > MOST_BYTES:
        raise Problem("body", "The request is too large.", status=413)
    try:
        said = jsons.loads(content)
    except ValueError:
        raise Problem("body", "The request is not JSON.") from None
    if not isinstance(said, dict):
        raise Problem("body", "The request is not a JSON object.")
    return said
