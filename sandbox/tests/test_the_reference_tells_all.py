"""docs/reference/control.md names every request and every fault, and none that is not."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.routing import Route

from slack_sandbox import control
from slack_sandbox.faults import KINDS
from slack_sandbox.world import World

PAGE = (Path(__file__).parents[1] / "docs" / "reference" / "control.md").read_text()
METHODS = {"GET", "POST"}


def test_every_request_is_told_and_none_that_is_not() -> None:
    routes = [one for one in control.routes(World()) if isinstance(one, Route)]
    there = {
        f"{method} {route.path.removeprefix('/')}"
        for route in routes
        for method in METHODS & (route.methods or set())
        if "{" not in route.path
    }

    told = {" ".join(found) for found in re.findall(r"`(GET|POST) ([a-z-]+)", PAGE)}

    assert told == there


def test_every_fault_is_told_and_none_that_is_not() -> None:
    rows = PAGE.partition("| Kind |")[2].partition("\n\n")[0].splitlines()[2:]

    told = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}

    assert told == KINDS
