"""What people do with a channel: rename, archive, delete it, or make it private."""

from __future__ import annotations

from slack_sandbox import conversations
from slack_sandbox.problems import Problem
from slack_sandbox.records import Channel
from slack_sandbox.sight import active, visible_channel
from slack_sandbox.world import World

WHAT = ("rename", "archive", "unarchive", "delete", "private", "public")


def change_channel(world: World, *, user: str, channel: str, what: str, name: str = "") -> Channel:
    """Do ``what`` to a channel as a person; ``name`` is its new name. Apps hear of it."""
    person = active(world, user)
    place = visible_channel(world, person, channel)
    if what not in WHAT:
        raise Problem("what", f"Say one of {', '.join(WHAT)}.")
    if place.is_im or place.is_mpim:
        raise Problem("channel", "This is no channel.")
    if place.is_general and what != "rename":
        raise Problem("channel", "Slack keeps this channel as it is.")
    if person.is_guest:
        raise Problem("user", "Guests cannot change a channel.")
    if place.archived and what in ("archive", "rename", "private", "public"):
        raise Problem("channel", "This channel is archived.")
    if what == "rename":
        conversations.rename_channel(world, place, free_name(world, place.team_id, name))
    elif what == "archive":
        conversations.archive_channel(world, place, by=person.id)
    elif what == "unarchive":
        _unarchive(world, place, person.id)
    elif what == "delete":
        conversations.delete_channel(world, place)
    else:
        conversations.convert_channel(world, place, by=person.id, is_private=what == "private")
    return place


def free_name(world: World, team_id: str, wanted: object) -> str:
    """Return a channel's name as Slack takes it; Problem when it does not, or when it is taken."""
    name = str(wanted).removeprefix("#")
    if not conversations.NAME.fullmatch(name) or name != name.lower():
        raise Problem("name", "A channel's name has up to 80 small letters, digits, - and _.")
    if (team_id, name) in world.channel_names:
        raise Problem("name", f"There is already a channel #{name}.")
    return name


def _unarchive(world: World, place: Channel, by: str) -> None:
    if not place.archived:
        raise Problem("channel", "This channel is not archived.")
    conversations.unarchive_channel(world, place, by=by)
