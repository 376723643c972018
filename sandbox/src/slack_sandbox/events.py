"""The Events API: who is told of what, and when they are told again."""

from __future__ import annotations

from dataclasses import replace

from slack_sandbox.delivery import deliver
from slack_sandbox.payloads import Payload
from slack_sandbox.records import App, Channel, Json
from slack_sandbox.world import World

# docs.slack.dev/apis/events-api: almost at once, after a minute, after five minutes.
RETRY_AFTER_S = (0.0, 60.0, 300.0)
_MESSAGE_KINDS = {"im": "im", "mpim": "mpim", "group": "groups", "channel": "channels"}
# By an event's type, or by the first word of it.
_EVENT_SCOPES = {
    "user_change": frozenset({"users:read"}),
    "team_join": frozenset({"users:read"}),
    "subteam": frozenset({"usergroups:read"}),
    "channel": frozenset({"channels:read"}),
    "group": frozenset({"groups:read"}),
    "reaction": frozenset({"reactions:read"}),
    "app_mention": frozenset({"app_mentions:read"}),
}


def emit(world: World, team_id: str, event: Json, *, app: App | None = None) -> None:
    """Tell every app of the workspace that subscribes to ``event``, or only ``app``.

    Returns at once; what is not acknowledged is sent again at Slack's times, by the clock.
    """
    for one in [app] if app else world.apps_in(team_id):
        if not _hears(one, team_id, event) or not _was_ever_there(world, one):
            continue
        body = _envelope(world, one, team_id, event)
        payload = Payload(kind="events_api", name=str(event["type"]), body=body)
        world.clock.spawn(_send(world, one, payload))


def _hears(app: App, team_id: str, event: Json) -> bool:
    """Say whether the app subscribes to this event and has the scope that it needs.

    Without a manifest it hears everything.
    """
    kind = str(event["type"])
    if kind == "message":
        kind = f"message.{_MESSAGE_KINDS[event['channel_type']]}"
    if app.events is not None and kind not in app.events:
        return False
    installation = app.installations.get(team_id)
    needed = _scopes_for(kind, event)
    if installation is None or installation.scopes is None or not needed:
        return True
    return bool(needed & installation.scopes)


def _scopes_for(kind: str, event: Json) -> frozenset[str]:
    """Return the scopes of which an event needs one: docs.slack.dev/reference/events."""
    if kind.startswith("message."):
        return frozenset({f"{kind.removeprefix('message.')}:history"})
    if kind in ("member_joined_channel", "member_left_channel"):
        private = event["channel_type"] == "G"
        return frozenset({"groups:read" if private else "channels:read"})
    return _EVENT_SCOPES.get(kind.partition("_")[0], _EVENT_SCOPES.get(kind, frozenset()))


def channel_type(channel: Channel) -> str:
    """Return what message events call this kind of conversation."""
    if channel.is_im:
        return "im"
    if channel.is_mpim:
        return "mpim"
    return "group" if channel.is_private else "channel"


def _was_ever_there(world: World, app: App) -> bool:
    """Say whether the app has begun to listen; a world that is being set up tells nobody."""
    if app.mode == "http":
        return bool(app.request_urls.get("events") or app.request_urls.get("all"))
    return app.app_id in world.sockets.ever_connected


def _envelope(world: World, app: App, team_id: str, event: Json) -> Json:
    bot_user = app.installations[team_id].bot_user_id if team_id in app.installations else ""
    return {
        "token": "sandbox-verification-token",
        "team_id": team_id,
        "context_team_id": team_id,
        "context_enterprise_id": None,
        "api_app_id": app.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": world.ids.slack("Ev"),
        "event_time": int(world.clock.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team_id,
                "user_id": bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": world.ids.token(16),
    }


async def _send(world: World, app: App, payload: Payload) -> None:
    ack = await deliver(world, app, payload)
    if ack.acked or not ack.retry or payload.retry >= len(RETRY_AFTER_S):
        return
    again = replace(payload, retry=payload.retry + 1, retry_reason=ack.reason)
    world.clock.call_later(RETRY_AFTER_S[payload.retry], lambda: _send(world, app, again))
