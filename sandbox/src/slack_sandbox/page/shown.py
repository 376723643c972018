"""What the templates show: everything on the page of one person at one place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from slack_sandbox import actions
from slack_sandbox.faults import as_json
from slack_sandbox.hints import place_id
from slack_sandbox.page import blocks, conversation, mrkdwn
from slack_sandbox.page.calls import FAULTS, call_rows, fault_kinds
from slack_sandbox.page.clockbar import RATES, clock_bar, short_date
from slack_sandbox.page.dates import clock_time
from slack_sandbox.page.mrkdwn import plain
from slack_sandbox.page.names import (
    colour_of,
    conversation_name,
    directory,
    initials,
    people_of,
    shown_name,
)
from slack_sandbox.page.places import Place
from slack_sandbox.page.shape import text_of
from slack_sandbox.page.sidebar import direct_with, sidebar, unread
from slack_sandbox.page.surface import Surface
from slack_sandbox.sight import may_see
from slack_sandbox.world import User, View, World

RESULTS_SHOWN = 50
_FIRED_SHOWN = 10
Shown = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One request: who looks at what, and with which query."""

    world: World
    user: User
    place: Place
    query: QueryParams

    @property
    def base(self) -> str:
        """The path under which this person's places are."""
        return f"/client/{self.user.team_id}/{self.user.id}"


def common(look: Look) -> Shown:
    """Return what every part may use."""
    return {
        "base": look.base,
        "here": f"{look.base}/{look.place.id}",
        "place": look.place,
        "user": look.user,
        "viewer_name": shown_name(look.user),
        "workspace": look.world.workspaces[look.user.team_id],
        "is_member": look.place.channel is None or look.user.id in look.place.channel.members,
        "thread_ts": look.query.get("thread"),
        "query": look.query.get("q", ""),
    }


def clock(look: Look) -> Shown:
    """Return the clock bar."""
    return {"clock": clock_bar(look.world, look.user), "rates": RATES}


def side(look: Look) -> Shown:
    """Return the sidebar, and the people and workspaces to switch to."""
    world, user = look.world, look.user
    persons = [
        {
            "id": one.id,
            "name": shown_name(one),
            "title": one.title,
            "address": f"/client/{one.team_id}/{one.id}",
        }
        for one in people_of(world, user.team_id)
    ]
    return {
        "sidebar": sidebar(world, user),
        "persons": [_same_place(look, person) for person in persons],
        "workspaces": [_workspace(world, team_id) for team_id in world.workspaces],
    }


def _same_place(look: Look, person: dict[str, str]) -> dict[str, str]:
    """Return a person with the address of the place that is shown, if they may see it."""
    channel, other = look.place.channel, look.world.users[person["id"]]
    stays = bool(channel and not channel.is_im and may_see(channel, other))
    stays = stays or look.place.kind == "home"
    return {**person, "address": f"{person['address']}/{look.place.id}"} if stays else person


def _workspace(world: World, team_id: str) -> dict[str, str]:
    people = people_of(world, team_id)
    address = f"/client/{team_id}/{people[0].id}" if people else "/"
    return {"team_id": team_id, "name": world.workspaces[team_id].name, "address": address}


def head(look: Look) -> Shown:
    """Return the title, the tabs of an app, and who is in a channel."""
    world, user, place = look.world, look.user, look.place
    shown: Shown = {"members": [], "messages_place": place.id, "app_unread": 0}
    if place.app:
        bot = world.bot(place.app, user.team_id)
        direct = direct_with(world, user, bot.id)
        shown["messages_place"] = direct.id if direct else bot.id
        shown["app_unread"] = unread(direct, user.id) if direct and place.kind == "home" else 0
    elif place.channel:
        members = [world.users[m] for m in place.channel.members if m in world.users]
        shown["members"] = [_face(member) for member in members]
    return shown


def _face(user: User) -> dict[str, Any]:
    name = shown_name(user)
    return {"name": name, "initials": initials(name), "colour": colour_of(user.id)}


def messages(look: Look) -> Shown:
    """Return the rows of the conversation, and mark it as read."""
    if look.place.channel is None:
        return {"rows": [], "hidden_count": 0, "since": None}
    channel = look.place.channel
    since = look.query.get("since") or channel.read.get(look.user.id)
    scene = _scene(look)
    found = conversation.main_messages(scene)
    shown = found if look.query.get("all") else found[-conversation.MESSAGES_SHOWN :]
    if look.query.get("seen") != "0":
        actions.mark_read(look.world, channel, look.user)
    return {
        "rows": conversation.rows(scene, shown, new_since=_stamp(since)),
        "hidden_count": len(found) - len(shown),
        "since": since,
    }


def _stamp(text: str | None) -> str | None:
    """Return a timestamp if it is one; addresses can be edited by hand."""
    return text if text and text.replace(".", "", 1).isdigit() else None


def _scene(look: Look) -> conversation.Scene:
    assert look.place.channel is not None
    return conversation.Scene(
        world=look.world, channel=look.place.channel, names=directory(look.world, look.user)
    )


def thread(look: Look) -> Shown:
    """Return the rows of the thread that is open."""
    parent = look.query.get("thread")
    if look.place.channel is None or not parent:
        return {"thread_rows": []}
    scene = _scene(look)
    found = conversation.thread_messages(scene, parent)
    return {"thread_rows": conversation.rows(scene, found, in_thread=True)}


def home(look: Look) -> Shown:
    """Return what the app has published for the person."""
    app = look.place.app
    if app is None:
        return {"home": None, "online": True}
    view = look.world.home(look.user.id, app.app_id)
    online = app.mode == "http" or bool(look.world.sockets.of(app.app_id))
    if view is None:
        return {"home": None, "online": online}
    return {"home": view, "home_body": _view_body(look, view), "online": online}


def _view_body(look: Look, view: View) -> str:
    surface = Surface(
        kind="home" if view.type == "home" else "modal",
        names=directory(look.world, look.user),
        prefix=f"v{view.id}",
        state=view.state,
    )
    return blocks.render(view.payload.get("blocks", []), surface)


def modal(look: Look) -> Shown:
    """Return the modal that the person has in front of them."""
    view = look.world.top_view(look.user.id)
    if view is None:
        return {"modal": None}
    app = look.world.apps[view.app_id]
    payload = view.payload
    has_inputs = any(block.get("type") == "input" for block in payload.get("blocks", []))
    shown = {
        "id": view.id,
        "hash": view.hash,
        "depth": len(look.world.stacks.get(look.user.id, [])),
        "title": plain(text_of(payload.get("title"))),
        "close": plain(text_of(payload.get("close")) or "Cancel"),
        "submit": plain(text_of(payload.get("submit")) or ("Submit" if has_inputs else "")),
        "submit_disabled": payload.get("submit_disabled") is True,
        "body": _view_body(look, view),
        "initials": initials(app.name),
        "colour": colour_of(look.world.bot(app, view.team_id).id),
    }
    return {"modal": shown}


def composer(look: Look) -> Shown:
    """Return the slash commands that can be completed, as JSON."""
    commands = [
        {
            "command": command.command,
            "description": command.description,
            "hint": command.usage_hint,
            "app": app.name,
        }
        for app in look.world.apps_in(look.user.team_id)
        for command in app.commands.values()
    ]
    ordered = sorted(commands, key=lambda command: command["command"])
    return {"commands": json.dumps(ordered), "in_thread": False}


def calls(look: Look) -> Shown:
    """Return the Web API log."""
    return {"calls": call_rows(look.world, look.user)}


def faults(look: Look) -> Shown:
    """Return the faults in force and those that struck lately."""
    rules = [as_json(rule) for rule in look.world.faults.rules]
    fired = list(look.world.faults.fired)[-_FIRED_SHOWN:]
    return {
        "faults": [
            {**rule, "about": _about(rule["kind"]), "percent": round(100 * rule["probability"])}
            for rule in rules
        ],
        "fired": [{**one, "about": _about(one["kind"])} for one in reversed(fired)],
        "fault_kinds": fault_kinds(),
    }


def _about(kind: str) -> str:
    return FAULTS.get(kind, kind).partition(" (")[0]


def search(look: Look) -> Shown:
    """Return the messages that the person may see and that hold the words, newest first."""
    wanted = look.query.get("q", "").strip().casefold()
    if look.place.kind != "search" or not wanted:
        return {"results": []}
    names = directory(look.world, look.user)
    found = []
    for channel in look.world.channels.values():
        if not may_see(channel, look.user):
            continue
        scene = conversation.Scene(world=look.world, channel=channel, names=names)
        for message in channel.messages.values():
            if not scene.visible(message):
                continue
            text = conversation.searchable(message, names)
            if wanted in text.casefold():
                found.append((float(message.ts), _result(look, scene, message.ts, text)))
    found.sort(key=lambda pair: pair[0], reverse=True)
    return {"results": [result for _, result in found[:RESULTS_SHOWN]]}


def _result(look: Look, scene: conversation.Scene, ts: str, text: str) -> Shown:
    channel, message = scene.channel, scene.channel.messages[ts]
    moment = (scene.names.local(float(ts)) or scene.names.now).astimezone(ZoneInfo(look.user.tz))
    name = conversation_name(look.world, channel, look.user.id)
    return {
        "place": channel.id,
        "ts": ts,
        "thread": message.thread_ts if message.thread_ts != ts else None,
        "author": conversation.author(scene, message)[0],
        "where": name if channel.is_im or channel.is_mpim else f"#{name}",
        "when": f"{short_date(moment)}, {clock_time(moment)}",
        "text": text if len(text) <= 300 else f"{text[:300]}…",
    }


def hints(look: Look) -> Shown:
    """Return what a program proposes to try, with the address of each place."""
    world, user = look.world, look.user
    found = world.hints.get(user.id)
    lines = [
        {
            "text": mrkdwn.render(one.text, directory(world, user)),
            "label": one.label or "Open",
            "address": f"{look.base}/{place}"
            if (place := place_id(world, user, one.place))
            else "",
        }
        for one in (found.lines if found else ())
    ]
    return {"hints": lines, "hints_hidden": user.id in world.hints_hidden}


PARTS = {
    "clock": clock,
    "sidebar": side,
    "head": head,
    "messages": messages,
    "thread": thread,
    "home": home,
    "modal": modal,
    "calls": calls,
    "faults": faults,
    "hints": hints,
}
# Messages come first: reading them changes what the others count as unread.
WHOLE = (messages, clock, side, head, thread, home, modal, composer, faults, search, hints)
