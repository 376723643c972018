"""Say whose rows are seen: those of one workspace, or of all.

Every transaction is opened in a scope and keeps to it. On Postgres the database itself hides all
other rows (`row_security`), so that a query without its filter finds nothing of another workspace.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

SETTING = "cairn.workspace"
"""The name under which Postgres is told the scope of a transaction."""
ALL = "*"

CURRENT: ContextVar[str | None] = ContextVar("scope", default=None)
"""Only this module changes it, and tests that begin something in no scope."""


class OutOfScope(LookupError):
    """The database was asked in no scope, or in another workspace's."""


def is_an_id(given: object) -> bool:
    """Say whether a workspace of Slack can have this id."""
    return isinstance(given, str) and given.isascii() and given.isalnum()


@contextmanager
def one_workspace(workspace_id: str) -> Iterator[None]:
    """See the rows of one workspace alone until the end of the block, and in tasks begun there.

    Raises OutOfScope within another workspace, and for what cannot be a workspace's id.
    """
    if not is_an_id(workspace_id):
        raise OutOfScope("this is no workspace's id")
    with _in(workspace_id):
        yield


@contextmanager
def everywhere() -> Iterator[None]:
    """See the rows of all workspaces. Raises OutOfScope within one: nothing leads out of it."""
    with _in(ALL):
        yield


@contextmanager
def _in(scope: str) -> Iterator[None]:
    if CURRENT.get() not in {None, ALL, scope}:
        raise OutOfScope("this is the scope of one workspace")
    token = CURRENT.set(scope)
    try:
        yield
    finally:
        CURRENT.reset(token)


def scope() -> str:
    """Give the workspace whose rows are seen now, or ALL. Raises OutOfScope where none was set."""
    if (found := CURRENT.get()) is None:
        raise OutOfScope("say whose rows: one_workspace() or everywhere()")
    return found


@asynccontextmanager
async def narrowed(connection: AsyncConnection, workspace_id: str) -> AsyncIterator[None]:
    """See the rows of one workspace alone in a transaction that was opened for all.

    After an error the transaction sees that workspace's rows until it ends.
    """
    before = scope()
    with one_workspace(workspace_id):
        await _tell(connection)
        yield
    if before != workspace_id:
        await _tell(connection)


async def _tell(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.set_config(SETTING, scope(), True)))
