"""Many things a few hundred at a time: no statement too large, no step of the event loop long."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

PORTION = 500
"""Of rows in a statement. SQLite takes 32,766 parameters, Postgres 65,535."""


def portions(items: Sequence[T], *, size: int = PORTION) -> Iterator[Sequence[T]]:
    """`items` in their order, at most `size` at a time."""
    for first in range(0, len(items), size):
        yield items[first : first + size]
