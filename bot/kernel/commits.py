"""Know whether anything was committed on the way to a failure."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class _Watched:
    has_commits: bool = False


_watched: ContextVar[_Watched | None] = ContextVar("watched", default=None)


@contextmanager
def watching_commits() -> Iterator[None]:
    """Note until the end of the block what this task, and those that it begins, commit."""
    token = _watched.set(_Watched())
    try:
        yield
    finally:
        _watched.reset(token)


def note_commit() -> None:
    """Note that a commit is about to be made: its answer may be lost."""
    if (watched := _watched.get()) is not None:
        watched.has_commits = True


def may_be_done() -> bool:
    """Say whether something was, or may have been, committed since `watching_commits` began."""
    watched = _watched.get()
    return watched is not None and watched.has_commits
