"""The list at the left: conversations and apps of one person, with what is unread."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sandbox.page.names import colour_of, conversation_name, initials
from slack_sandbox.sight import may_see
from slack_sandbox.world import App, Channel, User, World

MOST_COUNTED = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: where it leads, what it is called, how many messages are unread."""

    place: str
    name: str
    kind: str
    unread: int = 0
    initials: str = ""
    colour: int = 0
    online: bool = True

    @property
    def count(self) -> str:
        """The unread messages as a badge shows them."""
        return f"{MOST_COUNTED}+" if self.unread > MOST_COUNTED else str(self.unread)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidebar:
    """Everything a person can open."""

    channels: list[Entry]
    directs: list[Entry]
    apps: list[Entry]
    others: list[Entry]


def unread(channel: Channel, user_id: str) -> int:
    """Count what others wrote since the person last looked, one more than is shown at most."""
    seen = channel.read.get(user_id, "0")
    count = 0
    for message in reversed(channel.messages.values()):
        if float(message.ts) <= float(seen) or count > MOST_COUNTED:
            break
        if message.user != user_id and message.ephemeral_to in (None, user_id):
            count += 1
    return count


def unread_in_all(world: World, user: User) -> int:
    """Count what a person has not read anywhere."""
    mine = (c for c in world.channels.values() if user.id in c.members)
    return sum(unread(channel, user.id) for channel in mine)


def sidebar(world: World, user: User) -> Sidebar:
    """Return the person's list; channels and people by name, apps in order of installation."""
    mine = [c for c in world.channels.values() if user.id in c.members and not c.archived]
    named = sorted((c for c in mine if not c.is_im and not c.is_mpim), key=lambda c: c.name)
    bots = {world.bot(app, user.team_id).id for app in world.apps_in(user.team_id)}
    directs = [c for c in mine if (c.is_im or c.is_mpim) and not bots & set(c.members)]
    others = [
        _channel(channel, user)
        for channel in world.channels.values()
        if not channel.is_private and may_see(channel, user) and user.id not in channel.members
    ]
    return Sidebar(
        channels=[_channel(channel, user) for channel in named],
        directs=sorted(
            (_direct(world, channel, user) for channel in directs), key=lambda entry: entry.name
        ),
        apps=[app_entry(world, app, user) for app in world.apps_in(user.team_id)],
        others=sorted(others, key=lambda entry: entry.name),
    )


def _channel(channel: Channel, user: User) -> Entry:
    kind = "private" if channel.is_private else "public"
    return Entry(place=channel.id, name=channel.name, kind=kind, unread=unread(channel, user.id))


def _direct(world: World, channel: Channel, user: User) -> Entry:
    name = conversation_name(world, channel, user.id)
    other = next((member for member in channel.members if member != user.id), user.id)
    return Entry(
        place=channel.id,
        name=name,
        kind="direct",
        unread=unread(channel, user.id),
        initials=initials(name),
        colour=colour_of(other),
    )


def app_entry(world: World, app: App, user: User) -> Entry:
    """Return an app's line: it leads to what is unread, else to the Home tab."""
    bot = world.bot(app, user.team_id)
    channel = direct_with(world, user, bot.id)
    waiting = unread(channel, user.id) if channel else 0
    messages = channel.id if channel else bot.id
    return Entry(
        place=messages if waiting or not app.home_tab else app.app_id,
        name=app.name,
        kind="app",
        unread=waiting,
        initials=initials(app.name),
        colour=colour_of(bot.id),
        online=app.mode == "http" or bool(world.sockets.of(app.app_id)),
    )


def direct_with(world: World, user: User, other_id: str) -> Channel | None:
    """Return the DM of two people, None when they never spoke."""
    found = world.direct.get(tuple(sorted({user.id, other_id})))
    return world.channels[found] if found else None
