"""The package imports itself without a circle, and otherwise only what its pyproject names."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
MODULES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in SOURCE.rglob("*.py")
}


def imported_by(path: Path) -> Iterator[str]:
    """Yield the full names of what a file imports anywhere: functions and type checking too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{one.name}" for one in node.names)


def own_module(name: str) -> str | None:
    """Return the module of this package that holds a name, None for another package's."""
    return next((one for one in (name, name.rpartition(".")[0]) if one in MODULES), None)


def test_no_circle_of_imports_between_files() -> None:
    graph = {
        name: {found for one in imported_by(path) if (found := own_module(one))} - {name}
        for name, path in MODULES.items()
    }

    assert len(graph) > 50
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_the_world_does_not_know_its_transports() -> None:
    known = {own_module(one) for one in imported_by(MODULES["slack_sandbox.world"])}

    assert known & {"slack_sandbox.http_delivery", "slack_sandbox.socket_mode"} == set()


def test_nothing_is_imported_but_what_the_package_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {re.split(r"[\[<>=]", one)[0] for one in project["dependencies"]}
    names = {one.partition(".")[0] for path in MODULES.values() for one in imported_by(path)}
    distributions = packages_distributions()

    imported = {
        re.sub(r"[-_.]+", "-", distribution).lower()
        for name in names - sys.stdlib_module_names - {"slack_sandbox"}
        for distribution in distributions.get(name, [f"{name} is not installed"])
    }

    # Used by name or by Starlette: form parsing, web sockets, time zones.
    assert imported == asked - {"python-multipart", "tzdata", "websockets"}
