"""A round's box, held open while one ballot is laid into it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database, insert_into
from bot.kernel.ids import MemberId, WorkspaceId
from bot.pulse.model import Round, RoundId
from bot.pulse.store.ballots import lock_of
from bot.pulse.store.rounds import round_for
from bot.pulse.store.tables import ballot_table


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
