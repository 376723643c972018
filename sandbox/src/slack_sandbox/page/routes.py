"""Where the page's addresses are bound to what answers them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from slack_sandbox import actions
from slack_sandbox.page import live, shown, start, uploads
from slack_sandbox.page.deeds import DEEDS
from slack_sandbox.page.places import front_door, place_of, viewer_of
from slack_sandbox.page.shown import Look
from slack_sandbox.problems import Problem
from slack_sandbox.world import World

_HERE = Path(__file__).parent
_TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined
)
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data: http: https:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_MOST_BODY_BYTES = 2_000_000
Handler = Callable[[World, Request], Awaitable[Response]]


class Fresh(StaticFiles):
    """Static files that a browser asks about each time, so that an upgrade shows at once."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Return the file, or 304 when the browser has it."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def routes(world: World) -> list[BaseRoute]:
    """Return every route of the page, to be mounted at the root of the sandbox."""

    def bound(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return await handler(world, request)
            except HTTPException as problem:
                return _lost(problem)

        return endpoint

    place = "/client/{team}/{user}/{place}"
    return [
        Route("/", bound(_start)),
        Route("/people", bound(_add_person), methods=["POST"]),
        Route("/client/{team}/{user}", bound(_front_door)),
        Route(place, bound(_client)),
        Route(f"{place}/live", bound(_live)),
        Route(f"{place}/upload", bound(_upload), methods=["POST"]),
        Route("/files/{file_id}", bound(uploads.download)),
        Route(f"{place}/{{part}}", bound(_part)),
        Route(f"{place}/{{deed}}", bound(_deed), methods=["POST"]),
        Mount("/static", Fresh(directory=_HERE / "static")),
    ]


def _html(template: str, values: dict[str, Any], *, status: int = 200) -> HTMLResponse:
    text = _TEMPLATES.get_template(template).render(values)
    return HTMLResponse(text, status_code=status, headers=_HEADERS)


def _lost(problem: HTTPException) -> HTMLResponse:
    return _html("lost.html", {"reason": problem.detail}, status=problem.status_code)


async def _start(world: World, request: Request) -> Response:
    del request
    return _html("start.html", start.shown(world))


async def _add_person(world: World, request: Request) -> Response:
    async with request.form(max_fields=20) as form:
        entered = {name: str(value).strip() for name, value in form.items()}
    try:
        names = ("real_name", "tz", "team", "title", "email", "kind")
        user = actions.add_person(world, **{name: entered.get(name, "") for name in names})
    except Problem as problem:
        values = start.shown(world, entered=entered, problem=problem.message)
        return _html("start.html", values, status=400)
    return RedirectResponse(f"/client/{user.team_id}/{user.id}", status_code=303)


async def _front_door(world: World, request: Request) -> Response:
    user = viewer_of(world, request)
    return RedirectResponse(f"/client/{user.team_id}/{user.id}/{front_door(world, user)}")


def _look(world: World, request: Request) -> Look:
    user = viewer_of(world, request)
    return Look(
        world=world,
        user=user,
        place=place_of(world, request, user),
        query=QueryParams(request.query_params),
    )


async def _client(world: World, request: Request) -> Response:
    look = _look(world, request)
    world.visitors[look.user.id] = None
    if look.place.kind == "home" and look.place.app and look.place.app.home_tab:
        await actions.open_home(world, user=look.user.id, app_id=look.place.app.app_id)
    elif look.place.app and look.place.kind != "home":
        await actions.open_messages(world, user=look.user.id, app_id=look.place.app.app_id)
        look = _look(world, request)
    values = shown.common(look)
    for part in shown.WHOLE:
        values |= part(look)
    return _html("client.html", values)


async def _part(world: World, request: Request) -> Response:
    name = request.path_params["part"]
    part = shown.PARTS.get(name)
    if part is None:
        raise HTTPException(404, "The page has no such part.")
    look = _look(world, request)
    return _html(f"_{name}.html", shown.common(look) | part(look))


async def _live(world: World, request: Request) -> Response:
    look = _look(world, request)
    events = live.stream(world, look.user, look.place.id)
    headers = {**_HEADERS, "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def _deed(world: World, request: Request) -> Response:
    deed = DEEDS.get(request.path_params["deed"])
    if deed is None:
        raise HTTPException(404, "The page does nothing of that name.")
    look = _look(world, request)
    try:
        answer = await deed(world, look.user, look.place, await _json(request))
    except Problem as problem:
        return JSONResponse({"error": problem.message, "field": problem.field}, status_code=400)
    if "moved" in answer:
        answer = {"html": _TEMPLATES.get_template("_moved.html").render(answer)}
    return JSONResponse(answer, headers=_HEADERS)


async def _upload(world: World, request: Request) -> Response:
    return await uploads.upload(world, request)


async def _json(request: Request) -> dict[str, Any]:
    text = await request.body()
    if len(text) > _MOST_BODY_BYTES:
        raise Problem("body", "That is too much at once.")
    try:
        body = json.loads(text or b"{}")
    except ValueError:
        raise Problem("body", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Problem("body", "The body is not a JSON object.")
    return body
