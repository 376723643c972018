"""Reading JSON of unknown shape without trusting it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def as_map(value: object) -> Mapping[str, Any]:
    """Return the value when it is an object, an empty one otherwise."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: object) -> list[Mapping[str, Any]]:
    """Return the objects in a list, none when it is not a list."""
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, Mapping)]


def as_text(value: object) -> str:
    """Return the value when it is text or a number, an empty text otherwise."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def as_number(value: object) -> float | None:
    """Return a finite number, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if abs(number) < 1e300 else None


def text_of(composition: object) -> str:
    """Return the text of a text object, whatever its type; empty when there is none."""
    if isinstance(composition, str):
        return composition
    return as_text(as_map(composition).get("text"))
