"""What an address of the page means: who is looking, and at what."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request

from slack_sandbox.page.names import conversation_name, shown_name
from slack_sandbox.page.sidebar import direct_with
from slack_sandbox.sight import may_see
from slack_sandbox.world import App, Channel, User, World

SEARCH = "search"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A conversation, an app's Home tab, a person who has not been written to, or the search."""

    id: str
    title: str
    channel: Channel | None = None
    app: App | None = None
    other: User | None = None

    @property
    def kind(self) -> str:
        """Return conversation, home, person or search."""
        if self.channel:
            return "conversation"
        if self.other:
            return "person"
        return "home" if self.app else SEARCH


def viewer_of(world: World, request: Request) -> User:
    """Return who looks at the page; 404 when nobody of that id is in that workspace."""
    user = world.users.get(request.path_params["user"])
    if user is None or user.team_id != request.path_params["team"] or user.deleted or user.is_bot:
        raise HTTPException(404, "There is no such person in this workspace.")
    return user


def place_of(world: World, request: Request, user: User) -> Place:
    """Return what the person looks at; 404 when there is no such place for them."""
    wanted = request.path_params["place"]
    if wanted == SEARCH:
        return Place(id=SEARCH, title="Search")
    channel = world.channels.get(wanted)
    if channel is not None and may_see(channel, user):
        return _conversation(world, channel, user)
    app = world.apps.get(wanted)
    if app is not None and user.team_id in app.installations:
        return Place(id=wanted, title=app.name, app=app)
    other = world.users.get(wanted)
    if other is not None and other.team_id == user.team_id:
        known = direct_with(world, user, other.id)
        if known:
            return _conversation(world, known, user)
        return Place(id=wanted, title=shown_name(other), other=other, app=_app_of(world, other))
    raise HTTPException(404, "There is no such place here, or this person may not see it.")


def _conversation(world: World, channel: Channel, user: User) -> Place:
    name = conversation_name(world, channel, user.id)
    others = [world.users[m] for m in channel.members if m != user.id and m in world.users]
    app = next(filter(None, (_app_of(world, one) for one in others)), None)
    # To people from outside, whose workspace has no such app, it is somebody to talk with.
    shown = app if app and channel.is_im and user.team_id in app.installations else None
    return Place(id=channel.id, title=name, channel=channel, app=shown)


def _app_of(world: World, user: User) -> App | None:
    return world.apps.get(user.app_id or "") if user.is_bot else None


def front_door(world: World, user: User) -> str:
    """Return the place that opens first: an app's Home tab, else #general."""
    for app in world.apps_in(user.team_id):
        if app.home_tab:
            return app.app_id
    for channel in world.channels.values():
        if channel.is_general and channel.team_id == user.team_id:
            return channel.id
    return SEARCH
