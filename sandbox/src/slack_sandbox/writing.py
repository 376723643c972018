"""What people write: their messages, and what they change or take back of them."""

from __future__ import annotations

from slack_sandbox import conversations, messages
from slack_sandbox.problems import Problem
from slack_sandbox.records import Channel, Message, User
from slack_sandbox.sight import active, seen_message, visible_channel
from slack_sandbox.world import World


async def say(
    world: World, *, user: str, channel: str, text: str, thread_ts: str | None = None
) -> Message:
    """Write a message as a person. ``channel`` may be a person's id: then it is their DM."""
    person = active(world, user)
    _check_text(text)
    if channel in world.users:
        other = world.need_user(channel, "channel")
        place, _ = conversations.open_direct(world, person.team_id, [person.id, other.id])
    else:
        place = visible_channel(world, person, channel)
    _check_open(world, person, place)
    if thread_ts and thread_ts not in place.messages:
        raise Problem("thread_ts", f"There is no message {thread_ts!r} in this channel.")
    return messages.post(
        world,
        place,
        user=person.id,
        text=messages.escape_typed(world, person.team_id, text),
        thread_ts=thread_ts,
        client_msg_id=world.ids.uuid(),
    )


async def edit_message(world: World, *, user: str, channel: str, ts: str, text: str) -> Message:
    """Change one of the person's own messages; apps hear ``message_changed``."""
    person = active(world, user)
    place, message = seen_message(world, person, channel, ts)
    if message.user != person.id or message.ephemeral_to:
        raise Problem("ts", "Only its author can change a message.")
    _check_text(text)
    _check_open(world, person, place)
    changed = messages.escape_typed(world, person.team_id, text)
    if changed != message.text:
        messages.change(world, place, message, text=changed)
    return message


async def delete_message(world: World, *, user: str, channel: str, ts: str) -> Message:
    """Take a message away: one's own, or anybody's as an administrator; apps hear of it."""
    person = active(world, user)
    place, message = seen_message(world, person, channel, ts)
    own = person.id in (message.user, message.ephemeral_to)
    if not own and not person.is_admin:
        raise Problem("ts", "Only its author or an administrator can delete a message.")
    messages.delete(world, place, message)
    return message


def _check_text(text: object) -> None:
    if not isinstance(text, str) or not text.strip():
        raise Problem("text", "A message needs some text.")


def _check_open(world: World, person: User, place: Channel) -> None:
    """Raise Problem when the person cannot write here."""
    if person.id not in place.members:
        raise Problem("channel", f"{person.name} is not in this channel.")
    if place.archived:
        raise Problem("channel", "This channel is archived.")
    if not place.is_im:
        return
    others = [world.users[one] for one in place.members if one != person.id]
    for app in (world.apps.get(one.app_id or "") for one in others):
        if app and (app.messages_tab_read_only or not app.messages_tab):
            raise Problem("channel", "Sending messages to this app has been turned off.")
