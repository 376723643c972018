"""Who and where: names, initials and what one person may see."""

from __future__ import annotations

import re
import zlib

from slack_sandbox.page.directory import Directory
from slack_sandbox.sight import may_see
from slack_sandbox.world import Channel, User, World

AVATAR_COLOURS = 8
_WORD = re.compile(r"\w+")


def shown_name(user: User) -> str:
    """Return the name under which a person appears."""
    return user.display_name or user.real_name or user.name


def initials(name: str) -> str:
    """Return one or two capitals for an avatar."""
    found: list[str] = _WORD.findall(name)
    words = [word for word in found if word.lower() not in _TITLES] or found or ["?"]
    picked = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return picked.upper()


_TITLES = frozenset({"dr", "prof", "mr", "ms", "mrs"})


def colour_of(identity: str) -> int:
    """Return which of the avatar colours belongs to an id, always the same one."""
    return zlib.crc32(identity.encode()) % AVATAR_COLOURS


def people_of(world: World, team_id: str) -> list[User]:
    """Return who can be chosen or become in a workspace: active people, by name."""
    found = [
        user
        for user in world.users.values()
        if user.team_id == team_id and not user.deleted and not user.is_bot
    ]
    return sorted(found, key=lambda user: shown_name(user).casefold())


def conversation_name(world: World, channel: Channel, viewer: str) -> str:
    """Return a conversation's name as ``viewer`` reads it, without a #."""
    if not channel.is_im and not channel.is_mpim:
        return channel.name
    others = [member for member in channel.members if member != viewer] or [viewer]
    users = [world.users[member] for member in others if member in world.users]
    name = ", ".join(shown_name(user) for user in users) or "Nobody"
    return f"{name} (you)" if others == [viewer] else name


def directory(world: World, viewer: User) -> Directory:
    """Return every name that may appear in what ``viewer`` reads."""
    team_id = viewer.team_id
    people = {user.id: shown_name(user) for user in people_of(world, team_id)}
    seen = [channel for channel in world.channels.values() if may_see(channel, viewer)]
    around = {member for channel in seen for member in channel.members}
    users = {
        u.id: shown_name(u) for u in world.users.values() if u.team_id == team_id or u.id in around
    }
    channels = {c.id: c.name for c in seen if not c.is_im and not c.is_mpim}
    conversations = {
        c.id: conversation_name(world, c, viewer.id) if c.is_im or c.is_mpim else f"#{c.name}"
        for c in seen
    }
    bots = {
        user.id: shown_name(user)
        for user in world.users.values()
        if user.team_id == team_id and user.is_bot and not user.deleted
    }
    return Directory(
        users=users,
        people={**people, **bots},
        channels=channels,
        groups={g.id: g.handle for g in world.usergroups.values() if g.team_id == team_id},
        conversations=conversations,
        viewer=viewer.id,
        base=f"/client/{team_id}/{viewer.id}",
        zone=viewer.tz,
        now=world.clock.now(),
    )
