"""Say what was done once it is committed, and whether anything was on the way to a failure."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

Say = Callable[[], object]
_TO_SAY = "to be said once this is committed"


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


def once_committed(connection: AsyncConnection, say: Say) -> None:
    """Call `say` when the transaction of `connection` has been committed, and never if it is not.

    For lines of the log: it neither waits nor fails.
    """
    if (waiting := connection.info.get(_TO_SAY)) is not None:
        waiting.append(say)


@contextmanager
def begun(connection: AsyncConnection) -> Iterator[list[Say]]:
    """Gather what is to be said of the transaction that has just begun.

    At the end the connection itself is not asked: one that was given up in the middle would raise,
    and hide that its task is cancelled.
    """
    waiting: list[Say] = []
    info = connection.info
    info[_TO_SAY] = waiting
    try:
        yield waiting
    finally:
        info.pop(_TO_SAY, None)


@asynccontextmanager
async def undone_alone(connection: AsyncConnection) -> AsyncIterator[None]:
    """Take back what is done in the block, if it fails, and nothing else of the transaction."""
    waiting: list[Say] = connection.info.get(_TO_SAY, [])
    before, is_done = len(waiting), False
    try:
        async with connection.begin_nested():
            yield
        is_done = True
    finally:
        if not is_done:
            del waiting[before:]
