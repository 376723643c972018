"""Small checks that combine into the shapes of Block Kit; each notes faults with their path.

A check takes a value and a report. Every value is looked at once, so checking is linear.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class Report:
    """The faults found so far, each with the JSON pointer of where it is."""

    def __init__(self, root: str) -> None:
        self._trail: list[str | int] = [root] if root else []
        self.faults: list[str] = []

    def note(self, sentence: str) -> None:
        """Note a fault at the place that is being looked at."""
        pointer = "".join(f"/{step}" for step in self._trail)
        self.faults.append(f"[ERROR] {sentence} [json-pointer:{pointer}]")

    def inside(self, step: str | int, check: Check, value: Any) -> None:
        """Check a value that lies one step deeper."""
        self._trail.append(step)
        check(value, self)
        self._trail.pop()


Check = Callable[[Any, Report], None]


def string(most: int | None = None, *, least: int = 1) -> Check:
    """A text of ``least`` to ``most`` characters."""

    def check(value: Any, report: Report) -> None:
        if not isinstance(value, str):
            report.note("must be a string")
        elif len(value) < least:
            report.note(f"must be more than {least - 1} characters")
        elif most is not None and len(value) > most:
            report.note(f"must be less than {most + 1} characters")

    return check


def matching(pattern: Callable[[str], object], sentence: str) -> Check:
    """A text for which ``pattern`` finds something."""

    def check(value: Any, report: Report) -> None:
        if not isinstance(value, str):
            report.note("must be a string")
        elif not pattern(value):
            report.note(sentence)

    return check


def flag(value: Any, report: Report) -> None:
    """Note a fault unless the value is true or false."""
    if not isinstance(value, bool):
        report.note("must be a boolean")


def whole(least: int | None = None, most: int | None = None) -> Check:
    """A whole number within bounds."""

    def check(value: Any, report: Report) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            report.note("must be an integer")
        elif least is not None and value < least:
            report.note(f"must be greater than or equal to {least}")
        elif most is not None and value > most:
            report.note(f"must be less than or equal to {most}")

    return check


def number(value: Any, report: Report) -> None:
    """Note a fault unless the value is a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        report.note("must be a number")


def one_of(*allowed: str) -> Check:
    """One of a few words."""
    known = frozenset(allowed)

    def check(value: Any, report: Report) -> None:
        if not isinstance(value, str) or value not in known:
            report.note(f"must be one of: {', '.join(allowed)}")

    return check


def anything(value: Any, report: Report) -> None:
    """Find no fault."""


def items(check_item: Check, *, least: int = 1, most: int | None = None) -> Check:
    """A list of ``least`` to ``most`` things."""

    def check(value: Any, report: Report) -> None:
        if not isinstance(value, list):
            report.note("must be an array")
            return
        if len(value) < least:
            report.note(f"no fewer than {least} items allowed")
        if most is not None and len(value) > most:
            report.note(f"no more than {most} items allowed")
            return
        for place, one in enumerate(value):
            report.inside(place, check_item, one)

    return check


def shape(
    required: Mapping[str, Check] | None = None, optional: Mapping[str, Check] | None = None
) -> Check:
    """An object with these fields and no others."""
    needed = dict(required or {})
    known = {**needed, **(optional or {})}

    def check(value: Any, report: Report) -> None:
        if not isinstance(value, dict):
            report.note("must be an object")
            return
        for name in needed:
            if value.get(name) is None:
                report.note(f"missing required field: {name}")
        for name, one in value.items():
            inner = known.get(name)
            if inner is None:
                report.note(f"invalid additional property: {name}")
            elif one is not None:
                report.inside(name, inner, one)

    return check


def by_type(shapes: Mapping[str, Check], *, what: str = "type") -> Check:
    """An object whose ``type`` decides what else it must have."""

    def check(value: Any, report: Report) -> None:
        if not isinstance(value, dict):
            report.note("must be an object")
            return
        kind = value.get("type")
        if kind is None:
            report.note("missing required field: type")
            return
        inner = shapes.get(kind) if isinstance(kind, str) else None
        if inner is None:
            report.inside("type", _unsupported(what), kind)
            return
        inner(value, report)

    return check


def also(first: Check, *others: Check) -> Check:
    """All of these checks, one after the other."""

    def check(value: Any, report: Report) -> None:
        found = len(report.faults)
        first(value, report)
        if len(report.faults) == found:
            for one in others:
                one(value, report)

    return check


def _unsupported(what: str) -> Check:
    def check(value: Any, report: Report) -> None:
        report.note(f"unsupported {what}: {value}")

    return check
