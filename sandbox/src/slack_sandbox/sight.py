"""What a person can see, and so act on."""

from __future__ import annotations

from slack_sandbox.problems import Problem
from slack_sandbox.records import Channel, Message, User, View
from slack_sandbox.world import World


def active(world: World, user: object) -> User:
    """Return a person who can act; Problem when they are deactivated or unknown."""
    person = world.need_user(user)
    if person.deleted:
        raise Problem("user", f"{person.name} is deactivated.")
    return person


def visible_channel(world: World, person: User, channel: object) -> Channel:
    """Return a channel that the person can see; Problem otherwise."""
    place = world.need_channel(channel, team_id=person.team_id)
    if not may_see(place, person):
        raise Problem("channel", f"There is no channel {channel!r}.")
    return place


def may_see(channel: Channel, person: User) -> bool:
    """Say whether a person may open a conversation; guests see only those that they are in."""
    if person.id in channel.members:
        return True
    return person.team_id in channel.teams and not channel.is_private and not person.is_guest


def seen_message(
    world: World, person: User, channel: object, ts: object
) -> tuple[Channel, Message]:
    """Return a message that the person can see; Problem otherwise."""
    place = visible_channel(world, person, channel)
    message = place.messages.get(str(ts))
    if message is None or message.ephemeral_to not in (None, person.id):
        raise Problem("ts", f"There is no message {ts!r} in this channel.")
    return place, message


def own_view(world: World, person: User, view_id: object) -> View:
    """Return one of the person's own views; Problem otherwise."""
    view = world.need_view(view_id)
    if view.user != person.id:
        raise Problem("view_id", f"There is no open view {view_id!r}.")
    return view
