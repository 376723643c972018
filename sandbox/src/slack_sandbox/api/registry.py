"""The Web API's methods by name, and who may call them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from slack_sandbox.api.args import Args
from slack_sandbox.problems import ApiError
from slack_sandbox.records import App, Channel, Installation, Json, Token
from slack_sandbox.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose token made the call, and the host that it was made to."""

    token: Token
    app: App
    team_id: str
    user_id: str
    installation: Installation
    host: str

    def needs(self, *scopes: str) -> None:
        """Raise ``missing_scope`` unless one of these scopes was granted."""
        provided = self.token.scopes
        if provided is None or not scopes or any(one in provided for one in scopes):
            return
        raise ApiError(
            "missing_scope", needed=",".join(scopes), provided=",".join(sorted(provided))
        )


Handler = Callable[[World, Caller, Args], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method: one of ``scopes`` is needed; it takes a ``bot`` or ``app`` token, any, or none."""

    name: str
    handler: Handler
    scopes: tuple[str, ...] = ()
    takes: str = "bot"


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str, takes: str = "bot") -> Callable[[Handler], Handler]:
    """Register a handler as the method ``name``."""

    def register(handler: Handler) -> Handler:
        METHODS[name] = Method(name=name, handler=handler, scopes=scopes, takes=takes)
        return handler

    return register


def scope_for(channel: Channel, suffix: str) -> str:
    """Return the scope by which an app reads (or writes) this kind of conversation."""
    if channel.is_im:
        kind = "im"
    elif channel.is_mpim:
        kind = "mpim"
    else:
        kind = "groups" if channel.is_private else "channels"
    return f"{kind}:{suffix}"


def find_channel(world: World, caller: Caller, value: str) -> Channel:
    """Return a conversation that the caller can see, or raise ``channel_not_found``."""
    channel = world.channels.get(value)
    if channel is None:
        name = value.removeprefix("#")
        channel = world.channels.get(world.channel_names.get((caller.team_id, name), ""))
    if channel is None or channel.team_id != caller.team_id:
        raise ApiError("channel_not_found")
    if channel.is_private and caller.user_id not in channel.members:
        raise ApiError("channel_not_found")
    return channel
