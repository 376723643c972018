"""A round's box, held open while one ballot is laid into it.

Storing a ballot is what a member waits for, so it takes as few trips to the database as can be:
on Postgres the lock and the round are asked for in one, the ballot and the commit sent in another.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database, insert_on
from bot.kernel.ids import MemberId, WorkspaceId
from bot.pulse.model import Round, RoundId
from bot.pulse.store.ballots import lock_of
from bot.pulse.store.rounds import ROUND_FOR, round_for, round_from
from bot.pulse.store.tables import ballot_table

if TYPE_CHECKING:
    from psycopg import AsyncConnection as PostgresConnection


class Box(Protocol):
    """A box that nobody can shut at the moment; others may hold it open as well."""

    async def round_for(self, workspace_id: WorkspaceId, member_id: MemberId) -> Round | None:
        """Its round, in whatever state, if this person is among those who may answer it."""
        ...

    async def put(self, *, tag: bytes, sealed: bytes) -> None:
        """Lay a ballot into it, over the one of the same tag, for good."""
        ...


@asynccontextmanager
async def held_open(database: Database, round_id: RoundId) -> AsyncIterator[Box]:
    """The box of this round. Without a `put`, or after an error, nothing is changed.

    Leaves no trace: an advisory lock lives in memory only, where a row lock would mark the round.
    SQLite has a single writer, so there is nothing to hold.
    """
    if database.is_sqlite:
        async with database.writing() as connection:
            yield _OnSqlite(connection, round_id)
        return
    async with database.driver() as driver:
        yield _OnPostgres(driver, round_id)


@dataclass(frozen=True, slots=True)
class _OnSqlite:
    connection: AsyncConnection
    round_id: RoundId

    async def round_for(self, workspace_id: WorkspaceId, member_id: MemberId) -> Round | None:
        return await round_for(self.connection, workspace_id, self.round_id, member_id=member_id)

    async def put(self, *, tag: bytes, sealed: bytes) -> None:
        ballot = {"round_id": self.round_id, "tag": tag, "sealed": sealed}
        await self.connection.execute(_put_on("sqlite"), ballot)


@dataclass(frozen=True, slots=True)
class _OnPostgres:
    driver: "PostgresConnection[Any]"
    round_id: RoundId

    async def round_for(self, workspace_id: WorkspaceId, member_id: MemberId) -> Round | None:
        from psycopg.rows import namedtuple_row

        person = {"round_id": self.round_id, "workspace_id": workspace_id, "member_id": member_id}
        cursor = self.driver.cursor(row_factory=namedtuple_row)
        async with self.driver.pipeline():
            # a statement of its own: what is read after it is as it stands once the lock is held
            await self.driver.execute(_for_psycopg().hold_open, {"lock": lock_of(self.round_id)})
            await cursor.execute(_for_psycopg().round_for, person)
            row = await cursor.fetchone()
        return None if row is None else round_from(row)

    async def put(self, *, tag: bytes, sealed: bytes) -> None:
        ballot = {"round_id": self.round_id, "tag": tag, "sealed": sealed}
        async with self.driver.pipeline():
            await self.driver.execute(_for_psycopg().put, ballot)
            await self.driver.commit()


@cache
def _put_on(engine: str) -> sa.Insert:
    """Built once, as all here: putting a statement together costs more than running it."""
    insert = insert_on(engine)(ballot_table)
    put: sa.Insert = insert.on_conflict_do_update(
        index_elements=["round_id", "tag"], set_={"sealed": insert.excluded.sealed}
    )
    return put


@dataclass(frozen=True, slots=True)
class _Sql:
    """The statements as psycopg takes them."""

    hold_open: bytes
    round_for: bytes
    put: bytes


@cache
def _for_psycopg() -> _Sql:
    lock = sa.bindparam("lock", type_=sa.BigInteger)
    hold_open = sa.select(sa.func.pg_advisory_xact_lock_shared(lock))
    dialect = make_url("postgresql+psycopg://").get_dialect()()
    statements = (hold_open, ROUND_FOR, _put_on("postgresql"))
    return _Sql(*(str(one.compile(dialect=dialect)).encode() for one in statements))
