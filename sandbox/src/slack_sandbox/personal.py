"""What people do without any app: arriving, reading, and giving a file to a form."""

from __future__ import annotations

import mimetypes
import re
import unicodedata

from slack_sandbox import people
from slack_sandbox.problems import Problem
from slack_sandbox.records import Channel, File, Json, User
from slack_sandbox.world import World


def add_person(world: World, *, real_name: str, kind: str = "", **given: str) -> User:
    """Create a person by their real name; Problem when a field makes no sense.

    ``kind`` is the mark of an administrator or of a guest; what is empty in ``given`` is left out.
    """
    if kind and kind not in ("is_admin", "is_restricted", "is_ultra_restricted"):
        raise Problem("kind", "There is no such kind of person.")
    wanted: Json = {"name": _handle(world, real_name), "real_name": real_name}
    wanted |= {key: value for key, value in given.items() if value}
    return people.add_user(world, wanted | ({kind: True} if kind else {}))


def mark_read(world: World, channel: Channel, user: User) -> None:
    """Remember that a person has seen the conversation up to its last message."""
    last = next(reversed(channel.messages), None)
    if last is None or channel.read.get(user.id) == last:
        return
    channel.read[user.id] = last
    world.changes.publish("channel", team=channel.team_id, channel=channel.id, user=user.id)


def upload_file(world: World, *, user: User, name: str, content: bytes) -> File:
    """Keep a file that a person gives to a form."""
    file = File(
        id=world.ids.slack("F"),
        team_id=user.team_id,
        user=user.id,
        name=name,
        content=content,
        size_bytes=len(content),
        created_s=int(world.clock.time()),
        mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
        complete=True,
        uploaded=True,
    )
    world.files[file.id] = file
    return file


def _handle(world: World, real_name: str) -> str:
    """Return a user name made from a real one that nobody else has."""
    plain = unicodedata.normalize("NFKD", real_name).encode("ascii", "ignore").decode()
    wanted = re.sub(r"[^a-z0-9]+", ".", plain.lower()).strip(".") or ("person" if real_name else "")
    taken = {user.name for user in world.users.values()}
    number = 2
    name = wanted
    while name in taken:
        name = f"{wanted}{number}"
        number += 1
    return name
