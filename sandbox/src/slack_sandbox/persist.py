"""Keeping the world in a JSON file, so that it is there again after a restart."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import typing
from pathlib import Path
from typing import Any

from slack_sandbox import records
from slack_sandbox.problems import Problem
from slack_sandbox.records import Json
from slack_sandbox.world import World

FORMAT = 1
_TABLES: dict[str, type[Any]] = {
    "workspaces": records.Workspace,
    "users": records.User,
    "channels": records.Channel,
    "apps": records.App,
    "tokens": records.Token,
    "views": records.View,
    "files": records.File,
    "usergroups": records.UserGroup,
}


def save(world: World, path: Path) -> None:
    """Write the world to ``path``, whole or not at all."""
    content: Json = {"format": FORMAT, "now_s": world.clock.time(), "rate": world.clock.rate}
    for name in _TABLES:
        table = getattr(world, name)
        content[name] = [_plain(one) for one in table.values()]
    content["stacks"] = world.stacks
    content["homes"] = [[*key, view] for key, view in world.homes.items()]
    content["ids"] = world.ids.position()
    waiting = path.with_suffix(path.suffix + ".new")
    waiting.write_text(json.dumps(content))
    os.replace(waiting, path)


def load(world: World, path: Path) -> None:
    """Read the world from ``path``; Problem when it is not such a file."""
    try:
        content = json.loads(path.read_text())
        if content["format"] != FORMAT:
            raise Problem("format", f"{path} was written by another version.")
        tables = {
            name: [_record(kind, one) for one in content[name]] for name, kind in _TABLES.items()
        }
    except (ValueError, KeyError, TypeError) as fault:
        raise Problem("file", f"{path} is not a sandbox's file.") from fault
    world.empty()
    for name, kind in _TABLES.items():
        key = dataclasses.fields(kind)[0].name
        setattr(world, name, {getattr(one, key): one for one in tables[name]})
    world.stacks = content["stacks"]
    world.homes = {(app, user): view for app, user, view in content["homes"]}
    world.ids.skip(content["ids"])
    for channel in world.channels.values():
        if channel.is_im or channel.is_mpim:
            world.direct[tuple(sorted(channel.members))] = channel.id
        else:
            world.channel_names[channel.team_id, channel.name] = channel.id
    world.clock.jump(max(content["now_s"], world.clock.time()))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    return sorted(value) if isinstance(value, frozenset) else value


def _record(kind: type[Any], content: Json) -> Any:
    hints = typing.get_type_hints(kind)
    return kind(**{name: _value(hints[name], value) for name, value in content.items()})


def _value(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    arguments = typing.get_args(hint)
    if hint is bytes:
        return base64.b64decode(value["base64"])
    if typing.get_origin(hint) is dict and len(arguments) == 2:
        inner = arguments[1]
        if dataclasses.is_dataclass(inner):
            return {key: _record(inner, one) for key, one in value.items()}  # type: ignore[arg-type]
        return value
    if any(typing.get_origin(one) is frozenset for one in (hint, *arguments)):
        return frozenset(value)
    return value
