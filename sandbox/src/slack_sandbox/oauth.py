"""The page on which a person lets an app into a workspace: OAuth v2."""

from __future__ import annotations

import html
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from slack_sandbox.api.oauth_methods import CODE_LASTS_S
from slack_sandbox.records import App
from slack_sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """Return ``/oauth/v2/authorize``: a form, and with ``team`` chosen the way back."""

    async def authorize(request: Request) -> Response:
        params = request.query_params
        app = _app(world, params.get("client_id", ""))
        if app is None:
            return _refusal("There is no app with this client_id.")
        redirect = params.get("redirect_uri") or next(iter(app.redirect_urls), "")
        if not redirect.startswith(("http://", "https://")):
            return _refusal("The redirect_uri is missing.")
        if app.redirect_urls and not redirect.startswith(tuple(app.redirect_urls)):
            return _refusal("This redirect_uri is not one of the app's.")
        if params.get("deny"):
            return _back(redirect, {"error": "access_denied", "state": params.get("state", "")})
        team_id = params.get("team", "")
        if team_id not in world.workspaces:
            return HTMLResponse(_choices(world, app, request))
        code = world.ids.token(32)
        world.oauth_codes[code] = {
            "app_id": app.app_id,
            "team_id": team_id,
            "user_id": params.get("user") or _somebody(world, team_id),
            "redirect_uri": redirect,
            "until_s": world.clock.time() + CODE_LASTS_S,
        }
        return _back(redirect, {"code": code, "state": params.get("state", "")})

    return [Route("/oauth/v2/authorize", authorize, methods=["GET"])]


def _app(world: World, client_id: str) -> App | None:
    return next((one for one in world.apps.values() if one.client_id == client_id), None)


def _somebody(world: World, team_id: str) -> str:
    people = [one for one in world.users.values() if one.team_id == team_id and not one.is_bot]
    admins = [one for one in people if one.is_admin]
    return next((one.id for one in [*admins, *people]), "")


def _back(redirect: str, params: dict[str, str]) -> Response:
    joint = "&" if "?" in redirect else "?"
    return RedirectResponse(f"{redirect}{joint}{urlencode(params)}", status_code=302)


def _refusal(sentence: str) -> Response:
    return HTMLResponse(_document("Cannot install", f"<p>{sentence}</p>"), status_code=400)


def _choices(world: World, app: App, request: Request) -> str:
    kept = dict(request.query_params)
    rows = "".join(
        f'<li><a href="?{html.escape(urlencode({**kept, "team": one.team_id}))}">'
        f"Allow in {html.escape(one.name)}</a></li>"
        for one in world.workspaces.values()
    )
    deny = html.escape(urlencode({**kept, "deny": "1"}))
    name = html.escape(app.name)
    scopes = html.escape(request.query_params.get("scope", "") or "what its manifest says")
    return _document(
        f"Install {name}",
        f"<p>{name} asks for: {scopes}</p><ul>{rows}</ul><p><a href='?{deny}'>Cancel</a></p>",
    )


def _document(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"</head><body><main><h1>{title}</h1>{body}</main></body></html>"
    )
