"""The box of sealed ballots. Reads and writes no other table."""

import hashlib
from functools import cache

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database, insert_on
from bot.pulse.model import RoundId
from bot.pulse.store.tables import ballot_table


async def hold_open(connection: AsyncConnection, round_id: RoundId) -> None:
    """Keep the round from closing until this transaction ends; others may hold it open as well.

    Leaves no trace: an advisory lock lives in memory only, where a row lock would mark the round.
    SQLite has a single writer, so there is nothing to hold.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(_HOLD_OPEN, {"lock": _lock(round_id)})


_HOLD_OPEN = sa.select(
    sa.func.pg_advisory_xact_lock_shared(sa.bindparam("lock", type_=sa.BigInteger))
)


async def hold_shut(connection: AsyncConnection, round_id: RoundId) -> None:
    """Wait until nobody holds the round open, and keep it so until this transaction ends."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock(round_id))))


async def put(connection: AsyncConnection, round_id: RoundId, *, tag: bytes, sealed: bytes) -> None:
    """Lay a ballot into the box, over the one of the same tag."""
    ballot = {"round_id": round_id, "tag": tag, "sealed": sealed}
    await connection.execute(_put_on(connection.dialect.name), ballot)


@cache
def _put_on(engine: str) -> sa.Insert:
    """Built once: putting a statement together costs more than running it."""
    insert = insert_on(engine)(ballot_table)
    put: sa.Insert = insert.on_conflict_do_update(
        index_elements=["round_id", "tag"], set_={"sealed": insert.excluded.sealed}
    )
    return put


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


def _lock(round_id: RoundId) -> int:
    digest = hashlib.sha256(f"pulse round {round_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
