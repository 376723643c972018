"""Whatever is logged stands on one list, with its level and its fields, and nothing else is."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from runtime.log_events import EVENTS
from runtime.log_events.model import FIELDS
from tests.support.source import ROOT, product, tree_of

LEVELS = ("debug", "info", "warning", "error", "critical")
BY_LOGS_THEMSELVES = {"library", "unlisted"}
"""Written by `runtime/logs.py` in place of what must not pass."""


@dataclass(frozen=True)
class Logged:
    """One call of a logger, or one that is put off with `partial`."""

    at: str
    level: str
    event: str
    fields: frozenset[str]


class Unclear(Exception):
    """A logger is used so that nobody can tell from the text what it says."""


def logged_in(path: Path, *, root: Path = ROOT) -> Iterator[Logged]:
    """Find what the file logs. Raises Unclear."""
    if "get_logger" not in path.read_text(encoding="utf-8"):
        return
    nodes = list(ast.walk(tree_of(path)))
    loggers = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and "structlog.get_logger(" in ast.unparse(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    methods = [
        node
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in loggers
        and node.attr != "is_enabled_for"
    ]
    said: dict[ast.expr, tuple[ast.Call, list[ast.expr]]] = {}
    for call in (node for node in nodes if isinstance(node, ast.Call)):
        put_off = ast.unparse(call.func) == "partial" and call.args
        method, words = (call.args[0], call.args[1:]) if put_off else (call.func, call.args)
        if method in methods:
            said[method] = (call, words)
    for method in methods:
        at = f"{path.relative_to(root)}:{method.lineno}"
        if method not in said:
            raise Unclear(at)
        call, words = said[method]
        names = [one.arg for one in call.keywords]
        match words:
            case [ast.Constant(value=str(event))] if method.attr in LEVELS and None not in names:
                yield Logged(at, method.attr, event, frozenset(str(one) for one in names))
            case _:
                raise Unclear(f"{at}: {ast.unparse(call)}")


@cache
def everything() -> list[Logged]:
    return [one for path in product() for one in logged_in(path)]


def test_every_line_that_is_logged_is_on_the_list_with_its_level_and_fields() -> None:
    wrong = [
        one
        for one in everything()
        if one.event not in EVENTS
        or EVENTS[one.event].level != one.level
        or not one.fields <= set(EVENTS[one.event].fields)
    ]

    assert wrong == [], "put it on the list in runtime/log_events, or correct the call"


def test_everything_on_the_list_is_logged_somewhere_with_all_its_fields() -> None:
    used: dict[str, set[str]] = {}
    for one in everything():
        used.setdefault(one.event, set()).update(one.fields)

    unused = {
        name: set(event.fields) - used.get(name, set())
        for name, event in EVENTS.items()
        if name not in BY_LOGS_THEMSELVES
        if name not in used or set(event.fields) - used[name]
    }

    assert unused == {}, "take it off the list"


def test_every_field_of_an_event_has_a_meaning_and_every_meaning_a_use() -> None:
    assert {field for event in EVENTS.values() for field in event.fields} == set(FIELDS)


@pytest.mark.parametrize(
    "line",
    [
        "log.info(f'sent to {name}')",
        "log.info('message_sent', **fields)",
        "log.info('message_sent', member)",
        "log.exception('duty_failed')",
        "log.bind(member=member)",
        "write = log.info",
    ],
)
def test_a_line_that_the_list_cannot_vouch_for_is_seen(tmp_path: Path, line: str) -> None:
    file = tmp_path / "sending.py"
    file.write_text(f"import structlog\nlog = structlog.get_logger('x')\n{line}\n")

    with pytest.raises(Unclear):
        list(logged_in(file, root=tmp_path))


@pytest.mark.parametrize(
    "line", ["log.info('sent', count=1)", "once_committed(c, partial(log.info, 'sent', count=1))"]
)
def test_a_line_is_read_when_it_is_put_off_too(tmp_path: Path, line: str) -> None:
    file = tmp_path / "sending.py"
    file.write_text(f"import structlog\nlog = structlog.get_logger('x')\n{line}\n")

    (found,) = logged_in(file, root=tmp_path)

    assert (found.level, found.event, found.fields) == ("info", "sent", frozenset({"count"}))


def test_nothing_is_logged_past_the_list() -> None:
    past = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in product()
        if "import logging" in path.read_text(encoding="utf-8")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).startswith("logging.")
        and ast.unparse(node.func).split(".")[-1] in (*LEVELS, "exception", "log")
    ]

    assert past == []
