"""The world as it is before anybody has changed it, so that a bot can start without set-up."""

from __future__ import annotations

from slack_sandbox.apps import add_app, install
from slack_sandbox.conversations import create_channel
from slack_sandbox.people import add_user, add_workspace
from slack_sandbox.world import World

TEAM_ID = "T0CAIRN"
TEAM_NAME = "Cairn Teaching Hospital"
APP_ID = "A0SANDBOX"
APP_TOKEN = "xapp-sandbox"  # noqa: S105 - opens nothing but the sandbox
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105 - opens nothing but the sandbox
OWNER_ID = "U0OWNER"


def populate(world: World, *, app_name: str = "Cairn") -> None:
    """Create one workspace with two channels, an owner, and an installed app."""
    world.empty()
    add_workspace(world, {"id": TEAM_ID, "name": TEAM_NAME})
    owner = {
        "id": OWNER_ID,
        "name": "owner",
        "real_name": "Workspace Owner",
        "is_admin": True,
        "is_owner": True,
    }
    add_user(world, owner, announce=False)
    create_channel(world, TEAM_ID, "mentoring-coordinators", creator=OWNER_ID, members=[OWNER_ID])
    app = add_app(world, app_id=APP_ID, name=app_name, app_token=APP_TOKEN, secret=SIGNING_SECRET)
    install(world, app, TEAM_ID, bot_token=f"xoxb-sandbox-{TEAM_ID}", installer=OWNER_ID)
    for channel in list(world.channels.values()):
        channel.members[world.bot(app, TEAM_ID).id] = None


def reset(world: World) -> None:
    """Go back to that world: same ids, no faults, published limits; the clock keeps its time."""
    world.clock.clear()
    world.faults.clear()
    world.faults.reseed(world.seed)
    world.limits.forget()
    populate(world)
    world.changes.publish("reset")
