"""Statements that a database is asked, as they are asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from bot.kernel.database import Database


@contextmanager
def statements_of(database: Database) -> Iterator[list[str]]:
    """List the statements that `database` is asked meanwhile."""
    made: list[str] = []

    def note(_c: Any, _cursor: Any, text: str, *_: object) -> None:
        made.append(text)

    engine = database.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield made
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
