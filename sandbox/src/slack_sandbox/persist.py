"""Keeping the world in a JSON file, so that it is there again after a restart."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from cattrs.preconf.json import make_converter

from slack_sandbox import records
from slack_sandbox.problems import Problem
from slack_sandbox.records import Json
from slack_sandbox.world import World

FORMAT = 2
_CONVERTER = make_converter(detailed_validation=False)
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
        content[name] = _CONVERTER.unstructure(list(table.values()))
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
            name: [_CONVERTER.structure(one, kind) for one in content[name]]
            for name, kind in _TABLES.items()
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
