"""What Slack makes of text that a person types, in a message or after a slash command."""

from __future__ import annotations

import re
from collections.abc import Callable

from slack_sandbox.records import Channel, User
from slack_sandbox.world import World

_IN_MESSAGE = re.compile(r"<@(?P<id>[UW][A-Z0-9]+)>|(?<![\w<])@(?P<name>[\w.-]*\w)")
_IN_COMMAND = re.compile(
    r"<@(?P<id>[UW][A-Z0-9]+)(?:\|[^>]*)?>"
    r"|<\#(?P<place>[CG][A-Z0-9]+)(?:\|[^>]*)?>"
    r"|(?P<url>https?://[^\s<>|]+)"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![\w<&])@(?P<name>[\w.-]*\w)"
    r"|(?<![\w<&])\#(?P<channel>[\w-]+)"
)
_EVERYBODY = ("channel", "here", "everyone")


def escape_typed(world: World, team_id: str, text: str) -> str:
    """Return what Slack keeps of a message that a person types.

    ``<@U…>`` of a known person and ``@name`` become mentions; ``@channel`` and ``@here`` become
    Slack's own; every other ``&``, ``<`` and ``>`` is escaped.
    """

    def resolve(found: re.Match[str]) -> str:
        if found["id"]:
            return f"<@{found['id']}>" if found["id"] in world.users else _plain(found[0])
        if found["name"] in _EVERYBODY:
            return f"<!{found['name']}>"
        person = _person(world, team_id, found["name"])
        return f"<@{person.id}>" if person else found[0]

    return _pieces(_IN_MESSAGE, text, resolve)


def escape_command(world: World, person: User, text: str) -> str:
    """Return a command's text as an app with ``should_escape`` gets it.

    docs.slack.dev/interactivity/implementing-slash-commands: mentions hold the id and the name,
    addresses stand in angle brackets, and every other ``&``, ``<`` and ``>`` is escaped.
    """

    def resolve(found: re.Match[str]) -> str:
        if found["url"]:
            return f"<{_plain(found['url'])}>"
        if found["mail"]:
            return f"<mailto:{found['mail']}|{found['mail']}>"
        if found["place"] or found["channel"]:
            place = _channel(world, person, found["place"], found["channel"])
            return f"<#{place.id}|{place.name}>" if place else _plain(found[0])
        if found["name"] in _EVERYBODY:
            return f"<!{found['name']}>"
        return _mention(world, person, found)

    return _pieces(_IN_COMMAND, text, resolve)


def _mention(world: World, person: User, found: re.Match[str]) -> str:
    known = world.users.get(found["id"] or "")
    named = known or _person(world, person.team_id, found["name"] or "")
    if named:
        return f"<@{named.id}|{named.name}>"
    for group in world.usergroups.values():
        if group.team_id == person.team_id and group.handle == found["name"]:
            return f"<!subteam^{group.id}|@{group.handle}>"
    return _plain(found[0])


def _person(world: World, team_id: str, name: str) -> User | None:
    """Return who is called so, by user name or, when only one is, by shown name."""
    wanted = name.casefold()
    people = [one for one in world.users.values() if one.team_id == team_id]
    by_name = [one for one in people if one.name.casefold() == wanted]
    by_shown = [one for one in people if wanted in (_shown(one), one.real_name.casefold())]
    for found in (by_name, by_shown):
        if len(found) == 1:
            return found[0]
    return None


def _shown(user: User) -> str:
    return user.display_name.casefold() or "\0"


def _channel(
    world: World, person: User, channel_id: str | None, name: str | None
) -> Channel | None:
    """Return a channel that the person can see."""
    named = world.channel_names.get((person.team_id, (name or "").lower()), "")
    place = world.channels.get(channel_id or named)
    if place is None or place.is_im or (place.is_private and person.id not in place.members):
        return None
    return place


def _pieces(pattern: re.Pattern[str], text: str, resolve: Callable[[re.Match[str]], str]) -> str:
    """Return the text with what ``pattern`` finds resolved and all else escaped."""
    done, end = [], 0
    for found in pattern.finditer(text):
        done += [_plain(text[end : found.start()]), resolve(found)]
        end = found.end()
    return "".join([*done, _plain(text[end:])])


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
