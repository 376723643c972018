"""What people do with a channel: rename, archive, delete or share it, and who is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from slack_sandbox import conversations
from slack_sandbox.problems import Problem
from slack_sandbox.records import Channel
from slack_sandbox.sight import active, visible_channel
from slack_sandbox.world import World


def change_channel(world: World, *, user: str, channel: str, what: str, name: str = "") -> Channel:
    """Do ``what`` to a channel as a person. Apps hear of it.

    ``name`` is its new name, the workspace with which it is shared, or who is added or removed.
    """
    person = active(world, user)
    place = visible_channel(world, person, channel)
    if what not in _DEEDS:
        raise Problem("what", f"Say one of {', '.join(_DEEDS)}.")
    if place.is_im or place.is_mpim:
        raise Problem("channel", "This is no channel.")
    if place.is_general and what != "rename":
        raise Problem("channel", "Slack keeps this channel as it is.")
    if person.is_guest:
        raise Problem("user", "Guests cannot change a channel.")
    if place.archived and what in ("archive", "rename", "private", "public"):
        raise Problem("channel", "This channel is archived.")
    _DEEDS[what](world, place, person.id, name)
    return place


def free_name(world: World, team_id: str, wanted: object) -> str:
    """Return a channel's name as Slack takes it; Problem when it does not, or when it is taken."""
    name = str(wanted).removeprefix("#")
    if not conversations.NAME.fullmatch(name) or name != name.lower():
        raise Problem("name", "A channel's name has up to 80 small letters, digits, - and _.")
    if (team_id, name) in world.channel_names:
        raise Problem("name", f"There is already a channel #{name}.")
    return name


def _rename(world: World, place: Channel, _by: str, name: str) -> None:
    conversations.rename_channel(world, place, free_name(world, place.team_id, name))


def _archive(world: World, place: Channel, by: str, _name: str) -> None:
    conversations.archive_channel(world, place, by=by)


def _unarchive(world: World, place: Channel, by: str, _name: str) -> None:
    if not place.archived:
        raise Problem("channel", "This channel is not archived.")
    conversations.unarchive_channel(world, place, by=by)


def _delete(world: World, place: Channel, _by: str, _name: str) -> None:
    conversations.delete_channel(world, place)


def _make_private(world: World, place: Channel, by: str, _name: str) -> None:
    conversations.convert_channel(world, place, by=by, is_private=True)


def _make_public(world: World, place: Channel, by: str, _name: str) -> None:
    conversations.convert_channel(world, place, by=by, is_private=False)


def _share(world: World, place: Channel, _by: str, team_id: str) -> None:
    if team_id not in world.workspaces or team_id in place.teams:
        raise Problem("name", "Say another workspace.")
    conversations.share_channel(world, place, team_id)


def _unshare(world: World, place: Channel, _by: str, team_id: str) -> None:
    if team_id not in place.shared_with:
        raise Problem("name", "It is not shared with this workspace.")
    conversations.unshare_channel(world, place, team_id)


def _add(world: World, place: Channel, by: str, user: str) -> None:
    conversations.add_member(world, place, world.need_user(user).id, inviter=by)


def _remove(world: World, place: Channel, _by: str, user: str) -> None:
    conversations.remove_member(world, place, world.need_user(user).id)


_DEEDS: Mapping[str, Callable[[World, Channel, str, str], None]] = {
    "rename": _rename,
    "archive": _archive,
    "unarchive": _unarchive,
    "delete": _delete,
    "private": _make_private,
    "public": _make_public,
    "share": _share,
    "unshare": _unshare,
    "add": _add,
    "remove": _remove,
}
