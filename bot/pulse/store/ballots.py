"""The box of sealed ballots. Reads and writes no other table."""

import hashlib

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database
from bot.pulse.model import RoundId
from bot.pulse.store.tables import ballot_table


async def hold_shut(connection: AsyncConnection, round_id: RoundId) -> None:
    """Wait until nobody holds the round open, and keep it so until this transaction ends."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock_of(round_id))))


async def box(connection: AsyncConnection, round_id: RoundId) -> dict[bytes, bytes]:
    """All sealed ballots of the round, by tag."""
    query = sa.select(ballot_table.c.tag, ballot_table.c.sealed).where(
        ballot_table.c.round_id == round_id
    )
    return {row.tag: row.sealed for row in await connection.execute(query)}


async def remove(connection: AsyncConnection, round_id: RoundId, *, tag: bytes) -> None:
    """Take one ballot out, if it is there."""
    await connection.execute(
        sa.delete(ballot_table).where(
            ballot_table.c.round_id == round_id, ballot_table.c.tag == tag
        )
    )


async def empty(connection: AsyncConnection, round_id: RoundId) -> None:
    """Take all ballots of the round out."""
    await connection.execute(sa.delete(ballot_table).where(ballot_table.c.round_id == round_id))


async def scrub(database: Database) -> None:
    """Clear what deleted ballots left behind: SQLite's write-ahead log, Postgres' dead rows.

    They were unreadable without the key already. Waits for nobody: what a reader keeps busy is
    cleared the next time.
    """
    async with database.engine.connect() as connection:
        if database.is_sqlite:
            raw = await connection.get_raw_connection()
            cursor = await raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
            await cursor.close()
            return
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(sa.text("VACUUM pulse_ballot"))


def lock_of(round_id: RoundId) -> int:
    """The number of the advisory lock that keeps a round open or shut."""
    digest = hashlib.sha256(f"pulse round {round_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
