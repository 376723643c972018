"""What a person can do in Slack, for the control API and for the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sandbox import answers, conversations, people
from slack_sandbox.delivery import deliver
from slack_sandbox.elements import FIELDS, chosen, find
from slack_sandbox.events import emit
from slack_sandbox.interactions import channel_name, common, new_response_url, new_trigger
from slack_sandbox.payloads import Ack, Payload
from slack_sandbox.personal import add_person, mark_read, upload_file
from slack_sandbox.problems import Problem
from slack_sandbox.records import App, Channel, Json, Message, User, View
from slack_sandbox.results import Result, result_of
from slack_sandbox.shapes import message_json, view_json
from slack_sandbox.sight import active, own_view, seen_message, visible_channel
from slack_sandbox.submissions import close_by_person, submit_view
from slack_sandbox.world import World
from slack_sandbox.writing import delete_message, edit_message, say

__all__ = [
    "active",
    "add_person",
    "click",
    "close",
    "delete_message",
    "edit_message",
    "join",
    "leave",
    "mark_read",
    "open_home",
    "open_messages",
    "own_view",
    "say",
    "seen_message",
    "shortcut",
    "slash",
    "submit",
    "suggest",
    "update_user",
    "upload_file",
    "visible_channel",
]


async def slash(
    world: World, *, user: str, command: str, channel: str | None = None, text: str = ""
) -> Result:
    """Send a slash command, and show the person what the app answers."""
    person = active(world, user)
    app = _app_of_command(world, person, command)
    place = (
        visible_channel(world, person, channel)
        if channel
        else conversations.open_direct(
            world, person.team_id, [person.id, world.bot(app, person.team_id).id]
        )[0]
    )
    workspace = world.workspaces[person.team_id]
    body = {
        "token": "sandbox-verification-token",
        "team_id": person.team_id,
        "team_domain": workspace.domain,
        "channel_id": place.id,
        "channel_name": channel_name(place),
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": text,
        "api_app_id": app.app_id,
        "is_enterprise_install": "false",
        "response_url": new_response_url(world, app, person, place),
        "trigger_id": new_trigger(world, app, person),
    }
    known = app.commands.get(command)
    payload = Payload(
        kind="slash_commands", name=command, body=body, url=known.url if known else None
    )
    ack = await deliver(world, app, payload)
    if ack.acked:
        answers.from_ack(world, app, person, place, ack.body)
        return result_of(ack)
    return result_of(ack, error=_command_failed(command, ack))


async def click(
    world: World,
    *,
    user: str,
    action_id: str,
    channel: str | None = None,
    ts: str | None = None,
    view_id: str | None = None,
    block_id: str | None = None,
    value: Any = None,
) -> Result:
    """Use an element of a message (``channel`` and ``ts``) or of a view (``view_id``).

    ``value`` is what is chosen in it: an option's value or a list of them, a date, an id, a
    text. An input that does not dispatch only keeps the value.
    """
    person = active(world, user)
    if view_id:
        view = own_view(world, person, view_id)
        block, element = find(view.payload["blocks"], action_id, block_id)
        state = _choose(view.state, block, element, value)
        if _dispatches(block, element):
            action = _action(world, block, element, state)
            return await _act(world, person, world.apps[view.app_id], action, where=view)
        world.changes.publish("view", team=view.team_id, user=person.id, id=view.id)
        return Result(acked=True)
    place, message = seen_message(world, person, channel, ts)
    block, element = find(message.blocks, action_id, block_id)
    values = message.state.setdefault(person.id, {})
    state = _choose(values, block, element, value)
    app = world.apps.get(message.app_id or "")
    if app is None or person.team_id not in app.installations:
        raise Problem("ts", "No app stands behind this message.")
    if not _dispatches(block, element):
        return Result(acked=True)
    action = _action(world, block, element, state)
    return await _act(world, person, app, action, where=(place, message))


async def submit(
    world: World, *, user: str, view_id: str, state: Mapping[str, Any] | None = None
) -> Result:
    """Submit a modal. ``state`` is block_id → action_id → value, over what was entered before.

    What Slack checks itself (required, lengths, numbers) comes back as ``errors`` without the
    app hearing of it.
    """
    person = active(world, user)
    view = own_view(world, person, view_id)
    if view.type != "modal":
        raise Problem("view_id", "Only a modal can be submitted.")
    return await submit_view(world, person, view, state or {})


async def close(world: World, *, user: str, view_id: str, clear: bool = False) -> Result:
    """Close a modal (``clear``: its whole stack); the app hears of it if it asked to."""
    person = active(world, user)
    return await close_by_person(world, person, own_view(world, person, view_id), clear=clear)


async def open_home(world: World, *, user: str, app_id: str | None = None) -> Result:
    """Open the app's Home tab."""
    return await _open_tab(world, user, "home", app_id)


async def open_messages(world: World, *, user: str, app_id: str | None = None) -> Result:
    """Open the app's Messages tab."""
    return await _open_tab(world, user, "messages", app_id)


async def join(world: World, *, user: str, channel: str) -> Channel:
    """Join a public channel."""
    person = active(world, user)
    place = world.need_channel(channel, team_id=person.team_id)
    if place.team_id != person.team_id or (place.is_private and person.id not in place.members):
        raise Problem("channel", f"There is no channel {channel!r}.")
    conversations.add_member(world, place, person.id)
    return place


async def leave(world: World, *, user: str, channel: str) -> Channel:
    """Leave a channel."""
    person = active(world, user)
    place = visible_channel(world, person, channel)
    if place.is_im or place.is_general:
        raise Problem("channel", "Nobody can leave this conversation.")
    conversations.remove_member(world, place, person.id)
    return place


async def update_user(world: World, *, user: str, **fields: Any) -> User:
    """Change a person's name, zone, status, or whether they are active; sends user_change."""
    return people.change_user(world, world.need_user(user), fields)


async def shortcut(
    world: World,
    *,
    user: str,
    callback_id: str,
    channel: str | None = None,
    ts: str | None = None,
    app_id: str | None = None,
) -> Result:
    """Use a global shortcut, or a message shortcut on the message named."""
    person = active(world, user)
    app = world.app_in(person.team_id, app_id)
    if channel is None:
        body = common(world, app, person, "shortcut")
    else:
        place, message = seen_message(world, person, channel, ts)
        body = common(world, app, person, "message_action") | {
            "channel": {"id": place.id, "name": channel_name(place)},
            "message": message_json(world, message),
            "message_ts": message.ts,
            "response_url": new_response_url(world, app, person, place, message=message),
        }
    body |= {
        "callback_id": callback_id,
        "trigger_id": new_trigger(world, app, person),
        "action_ts": f"{world.clock.time():.6f}",
    }
    ack = await deliver(world, app, Payload(kind="interactive", name=body["type"], body=body))
    return result_of(ack, error=None if ack.acked else "We had some trouble connecting. Try again?")


async def suggest(
    world: World,
    *,
    user: str,
    action_id: str,
    value: str,
    view_id: str | None = None,
    channel: str | None = None,
    ts: str | None = None,
) -> Result:
    """Ask the app for the options of an external select, as a person types ``value``."""
    person = active(world, user)
    if view_id:
        view = own_view(world, person, view_id)
        app, blocks = world.apps[view.app_id], view.payload["blocks"]
        container: Json = {"type": "view", "view_id": view.id}
        more: Json = {"view": view_json(world, view)}
    else:
        place, message = seen_message(world, person, channel, ts)
        app, blocks = world.apps[message.app_id or ""], message.blocks
        container = {"type": "message", "message_ts": message.ts, "channel_id": place.id}
        more = {"channel": {"id": place.id, "name": channel_name(place)}}
    block, element = find(blocks, action_id)
    body = common(world, app, person, "block_suggestion") | more
    body |= {
        "container": container,
        "action_id": action_id,
        "block_id": block["block_id"],
        "value": value,
    }
    del element
    url = app.request_urls.get("options")
    ack = await deliver(
        world, app, Payload(kind="interactive", name="block_suggestion", body=body, url=url)
    )
    return result_of(ack)


def _app_of_command(world: World, person: User, command: object) -> App:
    if not isinstance(command, str) or not command.startswith("/"):
        raise Problem("command", "A command begins with a slash.")
    apps = world.apps_in(person.team_id)
    for app in apps:
        if command in app.commands:
            return app
    # An app without a manifest takes every command, so that it works without set-up.
    for app in apps:
        if not app.commands and not app.manifest:
            return app
    raise Problem("command", f"{command} is not a valid command.")


def _choose(values: dict[str, dict[str, Json]], block: Json, element: Json, value: Any) -> Json:
    state = chosen(element, value)
    if element["type"] in FIELDS and element["type"] != "overflow":
        values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return state


def _dispatches(block: Json, element: Json) -> bool:
    if block["type"] == "input":
        return bool(block.get("dispatch_action"))
    return element["type"] not in ("plain_text_input", "rich_text_input")


def _action(world: World, block: Json, element: Json, state: Json) -> Json:
    action = {"action_id": element["action_id"], "block_id": block["block_id"], **state}
    if element["type"] == "button":
        action |= {k: element[k] for k in ("text", "style", "url", "value") if k in element}
    return action | {"action_ts": f"{world.clock.time():.6f}"}


async def _act(
    world: World,
    person: User,
    app: App,
    action: Json,
    *,
    where: View | tuple[Channel, Message],
) -> Result:
    body = common(world, app, person, "block_actions")
    if isinstance(where, View):
        body |= {
            "container": {"type": "view", "view_id": where.id},
            "trigger_id": new_trigger(world, app, person, view=where),
            "view": view_json(world, where),
        }
    else:
        body |= _message_part(world, app, person, *where)
    body["actions"] = [action]
    ack = await deliver(world, app, Payload(kind="interactive", name="block_actions", body=body))
    return result_of(ack, error=None if ack.acked else "This app did not respond.")


def _message_part(world: World, app: App, person: User, place: Channel, message: Message) -> Json:
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": place.id,
        "is_ephemeral": bool(message.ephemeral_to),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    part: Json = {
        "container": container,
        "trigger_id": new_trigger(world, app, person),
        "channel": {"id": place.id, "name": channel_name(place)},
        "state": {"values": message.state.get(person.id, {})},
        "response_url": new_response_url(world, app, person, place, message=message),
    }
    if not message.ephemeral_to:
        part["message"] = message_json(world, message)
    return part


async def _open_tab(world: World, user: str, tab: str, app_id: str | None) -> Result:
    person = active(world, user)
    app = world.app_in(person.team_id, app_id)
    if tab == "home" and not app.home_tab:
        raise Problem("user", "This app has no Home tab.")
    bot = world.bot(app, person.team_id)
    place, _ = conversations.open_direct(world, person.team_id, [person.id, bot.id])
    event: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": place.id,
        "tab": tab,
        "event_ts": f"{world.clock.time():.6f}",
    }
    home = world.home(person.id, app.app_id)
    if home and tab == "home":
        event["view"] = view_json(world, home)
    emit(world, person.team_id, event, app=app)
    return Result(acked=True)


def _command_failed(command: str, ack: Ack) -> str:
    if ack.reason in ("timeout", "http_timeout"):
        return f"{command} failed because the app did not respond."
    return f'{command} failed with the error "dispatch_failed".'
