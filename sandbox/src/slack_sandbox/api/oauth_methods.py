"""``oauth.v2.access`` and the ends of an installation: docs.slack.dev/authentication."""

from __future__ import annotations

from slack_sandbox import apps
from slack_sandbox.api.args import Args
from slack_sandbox.api.registry import Caller, method
from slack_sandbox.events import emit
from slack_sandbox.problems import ApiError
from slack_sandbox.records import App, Installation, Json
from slack_sandbox.world import World

TOKEN_LASTS_S = 43_200
CODE_LASTS_S = 600.0


@method("oauth.v2.access", takes="none")
def access(world: World, caller: Caller, args: Args) -> Json:
    """Exchange a code, or a refresh token, for a bot token."""
    app = _app(world, args)
    if args.text("grant_type") == "refresh_token":
        return _refresh(world, app, args.need("refresh_token", "invalid_refresh_token"))
    code = world.oauth_codes.pop(args.need("code", "invalid_code"), None)
    if code is None or code["app_id"] != app.app_id:
        raise ApiError("invalid_code")
    if world.clock.time() > code["until_s"]:
        raise ApiError("invalid_code")
    redirect = args.text("redirect_uri")
    if redirect and redirect != code["redirect_uri"]:
        raise ApiError("bad_redirect_uri")
    installation = apps.install(world, app, code["team_id"], installer=code["user_id"])
    return _granted(world, app, installation, authed=code["user_id"])


@method("auth.revoke")
def revoke(world: World, caller: Caller, args: Args) -> Json:
    """Make the calling token worthless."""
    if args.flag("test"):
        return {"revoked": False}
    value = caller.token.value
    del world.tokens[value]
    world.revoked.add(value)
    event = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [caller.user_id]}}
    emit(world, caller.team_id, event, app=caller.app)
    return {"revoked": True}


@method("apps.uninstall")
def uninstall(world: World, caller: Caller, args: Args) -> Json:
    """Take the app out of the calling token's workspace."""
    same = (args.text("client_id"), args.text("client_secret")) == (
        caller.app.client_id,
        caller.app.client_secret,
    )
    if not same:
        raise ApiError("client_id_token_mismatch")
    tell_uninstalled(world, caller.app, caller.team_id)
    return {}


def tell_uninstalled(world: World, app: App, team_id: str) -> None:
    """Uninstall an app and send ``tokens_revoked`` and ``app_uninstalled``."""
    bot = app.installations[team_id].bot_user_id
    apps.uninstall(world, app, team_id)
    tokens = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [bot]}}
    emit(world, team_id, tokens, app=app)
    emit(world, team_id, {"type": "app_uninstalled"}, app=app)


def _app(world: World, args: Args) -> App:
    client_id = args.need("client_id", "invalid_client_id")
    for app in world.apps.values():
        if app.client_id == client_id:
            if args.text("client_secret") != app.client_secret:
                raise ApiError("bad_client_secret")
            return app
    raise ApiError("invalid_client_id")


def _refresh(world: World, app: App, value: str) -> Json:
    for installation in app.installations.values():
        if installation.refresh_token == value:
            return _granted(world, app, installation, authed=installation.installer)
    raise ApiError("invalid_refresh_token")


def _granted(world: World, app: App, installation: Installation, *, authed: str) -> Json:
    answer: Json = {
        "access_token": installation.bot_token,
        "token_type": "bot",
        "scope": ",".join(sorted(app.scopes or ())),
        "bot_user_id": installation.bot_user_id,
        "app_id": app.app_id,
        "team": {
            "id": installation.team_id,
            "name": world.workspaces[installation.team_id].name,
        },
        "enterprise": world.workspaces[installation.team_id].enterprise,
        "is_enterprise_install": False,
        "authed_user": {"id": authed},
    }
    if app.token_rotation:
        answer |= _rotate(world, app, installation)
    return answer


def _rotate(world: World, app: App, installation: Installation) -> Json:
    """Give out a token that lasts 12 hours, and the means to get the next one."""
    token = f"xoxe.xoxb-1-sandbox-{world.ids.token(24)}"
    until_s = world.clock.time() + TOKEN_LASTS_S
    installation.bot_token = token
    installation.expires_s = until_s
    installation.refresh_token = f"xoxe-1-{world.ids.token(24)}"
    apps.grant(world, app, installation, token, expires_s=until_s)
    return {
        "access_token": token,
        "refresh_token": installation.refresh_token,
        "expires_in": TOKEN_LASTS_S,
    }
