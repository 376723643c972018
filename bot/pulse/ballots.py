"""Store the sealed ballots of a round, and keep its box open or shut."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database, insert_into
from bot.kernel.ids import MemberId, WorkspaceId
from bot.pulse.model import Round, RoundId
from bot.pulse.store import round_for
from bot.pulse.tables import ballot_table


async def hold_shut(connection: AsyncConnection, round_id: RoundId) -> None:
    """Wait until nobody holds the round open, and keep it so until this transaction ends."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock_of(round_id))))


async def box(connection: AsyncConnection, round_id: RoundId) -> dict[bytes, bytes]:
    """Find all sealed ballots of the round, by tag."""
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
    """Give the number of the advisory lock that keeps a round open or shut."""
    digest = hashlib.sha256(f"pulse round {round_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


@dataclass(frozen=True, slots=True)
class Box:
    """A box that nobody can shut at the moment; others may hold it open as well."""

    connection: AsyncConnection
    round_id: RoundId

    async def round_for(self, workspace_id: WorkspaceId, member_id: MemberId) -> Round | None:
        """Find its round, in whatever state, if this person is among those who may answer it."""
        return await round_for(self.connection, workspace_id, self.round_id, member_id=member_id)

    async def put(self, *, tag: bytes, sealed: bytes) -> None:
        """Lay a ballot into it, over the one of the same tag."""
        insert = insert_into(self.connection, ballot_table).values(
            round_id=self.round_id, tag=tag, sealed=sealed
        )
        await self.connection.execute(
            insert.on_conflict_do_update(
                index_elements=["round_id", "tag"], set_={"sealed": insert.excluded.sealed}
            )
        )


@asynccontextmanager
async def keep_open(database: Database, round_id: RoundId) -> AsyncIterator[Box]:
    """Hold the round's box open, and commit at the end. After an error nothing is changed.

    Leaves no trace: an advisory lock lives in memory only, where a row lock would mark the round.
    SQLite has a single writer, so there is nothing to hold. The lock is a statement of its own:
    what is read after it is as it stands once the lock is held.
    """
    async with database.writing() as connection:
        if not database.is_sqlite:
            await connection.execute(
                sa.select(sa.func.pg_advisory_xact_lock_shared(lock_of(round_id)))
            )
        yield Box(connection, round_id)
