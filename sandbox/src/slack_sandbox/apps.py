"""Apps: installing them, and what their manifest says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sandbox.problems import Problem
from slack_sandbox.records import App, Command, Installation, Json, Token, User
from slack_sandbox.world import World

_PLAIN = ["name", "app_token", "signing_secret", "client_id", "client_secret"]
_FIELDS = frozenset(_PLAIN) | {
    "app_id",
    "bot_token",
    "commands",
    "events",
    "home_tab",
    "manifest",
    "messages_tab",
    "messages_tab_read_only",
    "mode",
    "redirect_urls",
    "request_url",
    "request_urls",
    "scopes",
    "shortcuts",
    "slash_commands",
    "team",
    "token_rotation",
}


def add_app(world: World, *, app_id: str, name: str, app_token: str, secret: str) -> App:
    """Create an app that is not installed anywhere yet."""
    app = App(
        app_id=app_id,
        name=name,
        app_token=app_token,
        signing_secret=secret,
        client_id=f"{world.ids.slack('')}.{world.ids.slack('')}",
        client_secret=world.ids.token(32),
    )
    world.apps[app_id] = app
    world.tokens[app_token] = Token(value=app_token, kind="app", app_id=app_id)
    return app


def install(
    world: World, app: App, team_id: str, *, bot_token: str | None = None, installer: str = ""
) -> Installation:
    """Put an app into a workspace: a bot user and a bot token. Again: the same ones."""
    known = app.installations.get(team_id)
    if known:
        known.scopes = app.scopes
        grant(world, app, known, known.bot_token, expires_s=known.expires_s)
        return known
    bot = User(
        id=world.ids.slack("U"),
        team_id=team_id,
        name=app.name.lower().replace(" ", ""),
        real_name=app.name,
        is_bot=True,
        app_id=app.app_id,
        bot_id=world.ids.slack("B"),
        updated_s=int(world.clock.time()),
    )
    world.users[bot.id] = bot
    installation = Installation(
        team_id=team_id,
        bot_user_id=bot.id,
        bot_id=bot.bot_id or "",
        bot_token=bot_token or f"xoxb-sandbox-{team_id}-{world.ids.token(12)}",
        scopes=app.scopes,
        installer=installer,
    )
    app.installations[team_id] = installation
    grant(world, app, installation, installation.bot_token)
    world.changes.publish("workspace", team=team_id)
    return installation


def grant(
    world: World,
    app: App,
    installation: Installation,
    token: str,
    *,
    expires_s: float | None = None,
) -> None:
    """Make ``token`` stand for the app's bot in a workspace."""
    world.tokens[token] = Token(
        value=token,
        kind="bot",
        app_id=app.app_id,
        team_id=installation.team_id,
        user_id=installation.bot_user_id,
        scopes=installation.scopes,
        expires_s=expires_s,
    )


def uninstall(world: World, app: App, team_id: str) -> None:
    """Take an app out of a workspace; its tokens stop working at once."""
    installation = app.installations.pop(team_id)
    for value, token in list(world.tokens.items()):
        if token.app_id == app.app_id and token.team_id == team_id:
            del world.tokens[value]
            world.revoked.add(value)
    world.users[installation.bot_user_id].deleted = True
    world.changes.publish("workspace", team=team_id)


def configure(world: World, app: App, wanted: Mapping[str, Any]) -> None:
    """Change an app as the control API asks; Problem names the field that makes no sense."""
    for field in wanted:
        if field not in _FIELDS:
            raise Problem(field, f"An app has no field {field!r}.")
    if "manifest" in wanted:
        apply_manifest(app, _object(wanted["manifest"], "manifest"))
    _set_plain(world, app, wanted)
    _set_urls(app, wanted)
    _set_lists(app, wanted)
    if "bot_token" in wanted:
        _set_bot_token(world, app, wanted)
    for team_id in app.installations:
        install(world, app, team_id)


def apply_manifest(app: App, manifest: Json) -> None:
    """Take over commands, scopes, events, URLs and tabs from an app manifest."""
    features = _part(manifest, "features")
    settings = _part(manifest, "settings")
    oauth = _part(manifest, "oauth_config")
    events = _part(settings, "event_subscriptions", "settings")
    interactivity = _part(settings, "interactivity", "settings")
    tabs = _part(features, "app_home", "features")
    commands = commands_from(features.get("slash_commands", []), "manifest.slash_commands")
    asked = _part(oauth, "scopes", "oauth_config")
    scopes = _names(asked.get("bot", []), "manifest.scopes.bot")
    scopes += _names(asked.get("bot_optional", []), "manifest.scopes.bot_optional")
    bot_events = _names(events.get("bot_events", []), "manifest.bot_events")
    app.redirect_urls = _names(oauth.get("redirect_urls", []), "manifest.redirect_urls")
    app.shortcuts = _objects(features.get("shortcuts", []), "manifest.shortcuts")
    app.manifest = manifest
    app.name = str(_part(manifest, "display_information").get("name", app.name))
    app.scopes = frozenset(scopes)
    app.events = frozenset(bot_events)
    app.commands = commands
    app.token_rotation = bool(settings.get("token_rotation_enabled", False))
    app.home_tab = bool(tabs.get("home_tab_enabled", False))
    app.messages_tab = bool(tabs.get("messages_tab_enabled", False))
    app.messages_tab_read_only = bool(tabs.get("messages_tab_read_only_enabled", False))
    if settings.get("socket_mode_enabled"):
        app.mode = "socket"
    _urls_from_manifest(app, events, interactivity)


def commands_from(wanted: Any, field: str) -> dict[str, Command]:
    """Return slash commands by name; Problem when one has no name that starts with a slash."""
    if not isinstance(wanted, list):
        raise Problem(field, "Give a list of commands.")
    found: dict[str, Command] = {}
    for number, one in enumerate(wanted):
        name = one if isinstance(one, str) else _object(one, f"{field}[{number}]").get("command")
        if not isinstance(name, str) or not name.startswith("/"):
            raise Problem(f"{field}[{number}].command", "A command begins with a slash.")
        more = {} if isinstance(one, str) else one
        found[name] = Command(
            name,
            str(more.get("description", "")),
            str(more.get("usage_hint", "")),
            more.get("url"),
        )
    return found


def _urls_from_manifest(app: App, events: Json, interactivity: Json) -> None:
    for key, url in (
        ("events", events.get("request_url")),
        ("interactivity", interactivity.get("request_url")),
        ("options", interactivity.get("message_menu_options_url")),
    ):
        if url:
            app.request_urls[key] = str(url)


def _set_plain(world: World, app: App, wanted: Mapping[str, Any]) -> None:
    for field in _PLAIN:
        if field in wanted:
            if not isinstance(wanted[field], str) or not wanted[field]:
                raise Problem(field, "Give some text.")
            setattr(app, field, wanted[field])
    if "app_token" in wanted:
        _check_free(world, app, app.app_token, "app")
        world.tokens[app.app_token] = Token(value=app.app_token, kind="app", app_id=app.app_id)
    mode = wanted.get("mode", app.mode)
    if mode not in ("socket", "http"):
        raise Problem("mode", "The mode is socket or http.")
    app.mode = mode
    for field in ("home_tab", "messages_tab", "messages_tab_read_only", "token_rotation"):
        if field in wanted:
            setattr(app, field, bool(wanted[field]))


def _set_urls(app: App, wanted: Mapping[str, Any]) -> None:
    if "request_url" in wanted:
        app.request_urls["all"] = _url(wanted["request_url"], "request_url")
    for name, url in _object(wanted.get("request_urls", {}), "request_urls").items():
        if name not in ("all", "events", "interactivity", "options", "commands"):
            raise Problem(f"request_urls.{name}", "There is no such request URL.")
        app.request_urls[name] = _url(url, f"request_urls.{name}")


def _set_lists(app: App, wanted: Mapping[str, Any]) -> None:
    commands = wanted.get("commands", wanted.get("slash_commands"))
    if commands is not None:
        app.commands = commands_from(commands, "commands")
    for field in ("scopes", "events"):
        if field in wanted:
            value = wanted[field]
            setattr(app, field, None if value is None else frozenset(_names(value, field)))
    if "shortcuts" in wanted:
        app.shortcuts = _objects(wanted["shortcuts"], "shortcuts")
    if "redirect_urls" in wanted:
        app.redirect_urls = _names(wanted["redirect_urls"], "redirect_urls")


def _set_bot_token(world: World, app: App, wanted: Mapping[str, Any]) -> None:
    team_id = str(wanted.get("team") or next(iter(app.installations), ""))
    installation = app.installations.get(team_id)
    if installation is None:
        raise Problem("team", f"The app is not installed in {team_id!r}.")
    value = wanted["bot_token"]
    if not isinstance(value, str) or not value:
        raise Problem("bot_token", "Give some text.")
    _check_free(world, app, value, "bot")
    world.tokens.pop(installation.bot_token, None)
    installation.bot_token = value
    grant(world, app, installation, installation.bot_token)


def _check_free(world: World, app: App, value: str, kind: str) -> None:
    known = world.tokens.get(value)
    if known and (known.app_id, known.kind) != (app.app_id, kind):
        raise Problem(f"{kind}_token", "This token already stands for something else.")


def _url(value: Any, field: str) -> str:
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise Problem(field, "A request URL begins with http:// or https://.")
    return value


def _names(value: Any, field: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Problem(field, "Give a list of names.")
    return list(value)


def _objects(value: Any, field: str) -> list[Json]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Problem(field, "Give a list of objects.")
    return list(value)


def _part(whole: Json, name: str, above: str = "") -> Json:
    return _object(whole.get(name) or {}, f"manifest.{above}.{name}".replace("..", "."))


def _object(value: Any, field: str) -> Json:
    if not isinstance(value, dict):
        raise Problem(field, "Give an object.")
    return value
