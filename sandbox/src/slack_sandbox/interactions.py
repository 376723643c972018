"""What accompanies every interaction: triggers, response URLs, and the payloads' common part."""

from __future__ import annotations

import time

from slack_sandbox.faults import TRIGGER_KINDS
from slack_sandbox.problems import ApiError
from slack_sandbox.records import (
    App,
    Channel,
    Json,
    Message,
    ResponseUrl,
    Trigger,
    User,
    View,
    Workspace,
)
from slack_sandbox.world import World

TRIGGER_LASTS_S = 3.0
RESPONSE_URL_LASTS_S = 1800.0
RESPONSE_URL_USES = 5
_KEPT = 5000


def new_trigger(world: World, app: App, user: User, *, view: View | None = None) -> str:
    """Return a trigger id; it is good once, until 3 s have passed by both clocks."""
    expired = world.faults.draw("trigger", TRIGGER_KINDS) is not None
    lasts_s = -1.0 if expired else TRIGGER_LASTS_S
    trigger = Trigger(
        id=world.ids.trigger(),
        app_id=app.app_id,
        team_id=user.team_id,
        user=user.id,
        real_until_s=time.monotonic() + lasts_s,
        virtual_until_s=world.clock.time() + lasts_s,
        view_id=view.id if view else None,
    )
    _make_room(world.triggers)
    world.triggers[trigger.id] = trigger
    return trigger.id


def use_trigger(world: World, value: str, app: App) -> Trigger:
    """Return the trigger and use it up; ApiError as ``views.open`` words it."""
    trigger = world.triggers.get(value)
    if trigger is None or trigger.app_id != app.app_id:
        raise ApiError("invalid_trigger_id")
    if trigger.used:
        raise ApiError("exchanged_trigger_id")
    both_late = (
        time.monotonic() > trigger.real_until_s and world.clock.time() > trigger.virtual_until_s
    )
    # A paused clock stands still; then the real one decides alone.
    late = both_late or (not world.clock.rate and time.monotonic() > trigger.real_until_s)
    if late:
        raise ApiError("expired_trigger_id")
    trigger.used = True
    return trigger


def new_response_url(
    world: World, app: App, user: User, channel: Channel, *, message: Message | None = None
) -> str:
    """Return an address that takes 5 answers within 30 virtual minutes."""
    entry = ResponseUrl(
        id=f"{user.team_id}/{world.ids.token(12)}/{world.ids.token(24)}",
        app_id=app.app_id,
        team_id=user.team_id,
        user=user.id,
        channel_id=channel.id,
        until_s=world.clock.time() + RESPONSE_URL_LASTS_S,
        ts=message.ts if message else None,
        thread_ts=message.thread_ts if message else None,
        ephemeral=bool(message and message.ephemeral_to),
        uses_left=RESPONSE_URL_USES,
    )
    _make_room(world.response_urls)
    world.response_urls[entry.id] = entry
    return f"{app.base_url or world.base_url}/response/{entry.id}"


def common(world: World, app: App, user: User, kind: str, *, team_id: str | None = None) -> Json:
    """Return the part that every interaction payload begins with.

    ``team_id`` is where the app is installed, which for people from outside is not their own.
    """
    workspace = world.workspaces[team_id or user.team_id]
    return {
        "type": kind,
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": user.team_id,
        },
        "api_app_id": app.app_id,
        "token": "sandbox-verification-token",
        "team": _team(workspace),
        "enterprise": workspace.enterprise,
        "is_enterprise_install": False,
    }


def _team(workspace: Workspace) -> Json:
    team: Json = {"id": workspace.team_id, "domain": workspace.domain}
    if workspace.enterprise_id:
        team["enterprise_id"] = workspace.enterprise_id
        team["enterprise_name"] = workspace.enterprise_name or workspace.enterprise_id
    return team


def channel_name(channel: Channel) -> str:
    """Return what payloads call a conversation that has no name for everybody."""
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def _make_room(entries: dict[str, Trigger] | dict[str, ResponseUrl]) -> None:
    while len(entries) >= _KEPT:
        del entries[next(iter(entries))]
