"""Begin what a test starts in no scope, as a process begins."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.kernel import scope


def see_all_workspaces() -> None:
    """Let all that follows in this process look at all workspaces, as tests do."""
    scope.CURRENT.set(scope.ALL)


@contextmanager
def no_scope() -> Iterator[None]:
    """Be in no scope until the end of the block; tasks and servers begun there stay in none."""
    token = scope.CURRENT.set(None)
    try:
        yield
    finally:
        scope.CURRENT.reset(token)
