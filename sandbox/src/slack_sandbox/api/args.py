"""A call's arguments, however they came: query, form, multipart or JSON.

Forms carry everything as text; so numbers, flags and JSON are read from text too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from slack_sandbox import jsons
from slack_sandbox.problems import ApiError
from slack_sandbox.records import Json


class Args:
    """The arguments of one call; each reader raises ``invalid_arguments`` when it must."""

    def __init__(self, raw: Json) -> None:
        self.raw = raw

    def has(self, name: str) -> bool:
        """Whether the argument was given, even if empty."""
        return self.raw.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """Return a text."""
        value = self.raw.get(name)
        if value is None:
            return default
        if isinstance(value, bool | dict | list):
            raise ApiError("invalid_arguments", messages=[f"[ERROR] must be a string: {name}"])
        return str(value)

    def need(self, name: str, error: str | None = None) -> str:
        """Return a text that must not be missing; ``error`` is the method's word for that."""
        value = self.text(name)
        if not value:
            if error:
                raise ApiError(error)
            raise ApiError(
                "invalid_arguments", messages=[f"[ERROR] missing required field: {name}"]
            )
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a truth value; texts such as ``true`` and ``1`` count."""
        value = self.raw.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool):
            return value
        return str(value).lower() in ("1", "true", "t", "yes")

    def whole(self, name: str, default: int, *, most: int, error: str = "invalid_limit") -> int:
        """Return a whole number from 1 to ``most``; more counts as ``most``."""
        value = self.raw.get(name)
        if value is None or value == "":
            return default
        try:
            number = int(value)
        except (TypeError, ValueError, OverflowError):
            raise ApiError(error) from None
        if number == 0:
            return default
        if number < 0:
            raise ApiError(error)
        return min(number, most)

    def json(self, name: str, error: str = "invalid_arguments") -> Any:
        """Return what the argument holds as JSON, or None; ``error`` when it is not JSON."""
        value = self.raw.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return jsons.loads(value)
        except ValueError:
            raise ApiError(error) from None

    def names(self, name: str) -> list[str]:
        """Return a list that came as a list or as text with commas."""
        value = self.raw.get(name)
        if value is None or value == "":
            return []
        parts: Iterable[Any] = value if isinstance(value, list) else str(value).split(",")
        return [str(one).strip() for one in parts if str(one).strip()]
