"""Requests as Slack really sends them: recorded while people of two workspaces press everything."""

import json
import pickle
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from handlers.edge.call import OPTIONS
from handlers.edge.dispatch import ACTION, EVENT
from slack_sandbox.records import View
from slack_sandbox.world import World
from tests.fuzz.states import State

T = TypeVar("T")
Body = dict[str, Any]
Name = tuple[str, str]
CANARY = "Kanarienvogel"
"""A word in everything that is typed while requests are recorded."""
ALIKE = 2
"""Requests of one name that are kept of one state and role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A recorded request: for whom of which role, in which state, with the modals then open."""

    name: Name
    role: str
    state: int
    body: Body
    stack: tuple[View, ...] = ()
    is_made_up: bool = False

    @property
    def person(self) -> str:
        """The Slack id of who sends it."""
        return person_of(self.body)


@dataclass(slots=True)
class Corpus:
    """Everything recorded, and the states of the database to which it belongs."""

    entries: list[Entry] = field(default_factory=list)
    states: list[State] = field(default_factory=list)

    @property
    def names(self) -> set[Name]:
        return {one.name for one in self.entries}

    def add(self, entry: Entry) -> None:
        alike = sum(
            (one.name, one.role, one.state) == (entry.name, entry.role, entry.state)
            for one in self.entries
        )
        if alike < ALIKE:
            self.entries.append(entry)


def copied(thing: T) -> T:
    """Copy plain data, several times as fast as `copy.deepcopy` does."""
    found: T = pickle.loads(pickle.dumps(thing, pickle.HIGHEST_PROTOCOL))
    return found


def channels_of(world: World) -> tuple[Any, ...]:
    """Take a copy of all conversations."""
    return copied((world.channels, world.channel_names, world.direct))


def put_channels_back(world: World, kept: tuple[Any, ...]) -> None:
    """Make all conversations what they were."""
    world.channels, world.channel_names, world.direct = copied(kept)


def person_of(body: Body) -> str:
    user = body.get("user") or body.get("user_id") or body.get("event", {}).get("user")
    return str(user.get("id") if isinstance(user, dict) else user)


def _looking(body: Body, name: str) -> Body:
    """Make of a click in a view a look into a menu of it."""
    kept = {key: value for key, value in body.items() if key not in {"actions", "trigger_id"}}
    return kept | {"type": OPTIONS, "action_id": name, "block_id": "b", "value": ""}


def made_up(names: Collection[Name], recorded: Corpus) -> Iterator[Entry]:
    """Requests for whatever nobody came by: another's of the same kind, under this name."""
    for kind, name in sorted(set(names) - recorded.names):
        alike = [one for one in recorded.entries if one.name[0] == kind]
        if kind == OPTIONS:
            alike = [
                one for one in recorded.entries if one.name[0] == ACTION and "view" in one.body
            ]
        for entry in alike[:: max(1, len(alike) // 4)]:
            text = json.dumps(entry.body).replace(json.dumps(entry.name[1]), json.dumps(name))
            body = json.loads(text)
            if kind == OPTIONS:
                body = _looking(body, name)
            if kind == EVENT:
                user = {"id": entry.body["event"].get("user"), "tz": "Asia/Tokyo", "profile": {}}
                body["event"]["user"] = user if name.startswith("user") else user["id"]
            yield Entry(
                name=(kind, name),
                role=entry.role,
                state=entry.state,
                body=body,
                stack=entry.stack,
                is_made_up=True,
            )
