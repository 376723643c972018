"""A cursor that can bring a scope along with each statement, in one trip and without BEGIN."""

from typing import Any, Self

from psycopg import AsyncCursor

from bot.kernel.scope import SETTING

SCOPE_OF_EACH = "cairn_scope_of_each"
"""The attribute of a connection whose statements are each a transaction of their own."""


class ScopedCursor(AsyncCursor[Any]):
    """Sets the scope for a statement's own transaction; nothing of it is left on the connection."""

    async def execute(self, query: Any, params: Any = None, **how: Any) -> Self:
        scope = getattr(self.connection, SCOPE_OF_EACH, None)
        if scope is None:
            return await super().execute(query, params, **how)
        async with self.connection.pipeline():
            told = AsyncCursor(self.connection)
            await told.execute("SELECT set_config(%s, %s, true)", (SETTING, scope))
            await super().execute(query, params, **how)
        return self
