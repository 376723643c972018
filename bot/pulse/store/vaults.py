"""Which vault the keys of this database's rounds are put in."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import insert_into
from bot.pulse.store.tables import vault_table

_THE_ONE = 1


async def known_mark(connection: AsyncConnection) -> str | None:
    """The mark of the vault, or None while no round was ever opened."""
    found: str | None = (await connection.execute(sa.select(vault_table.c.mark))).scalar()
    return found


async def remember(connection: AsyncConnection, mark: str) -> str:
    """Keep `mark` if none is kept; the one that is kept then."""
    row = {"id": _THE_ONE, "mark": mark}
    insert = insert_into(connection, vault_table).values(row).on_conflict_do_nothing()
    await connection.execute(insert)
    return await known_mark(connection) or mark


async def replace_mark(connection: AsyncConnection, mark: str) -> None:
    """Keep `mark` instead of the one that is kept."""
    await connection.execute(sa.delete(vault_table))
    await remember(connection, mark)
