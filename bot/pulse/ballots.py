"""Keep the ballots of a round in its box, and the box's keys in the vault they were put in.

A vault without its mark is an empty mount point, another directory or another server. Only the
vault that has the mark can say that a key is gone: none is ever guessed to be lost.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database, add_row, put_rows
from bot.kernel.ids import WorkspaceId
from bot.kernel.traces import scrub as scrubbed
from bot.keys.vault import KeyLost, KeysAway, KeyTaken, SealedBoxKeys, Vault
from bot.pulse import store
from bot.pulse.model import Round, RoundId
from bot.pulse.tables import ballot_table, vault_table

_THE_ONE = 1
PIN = "-results"


async def hold_shut(connection: AsyncConnection, round_id: RoundId) -> None:
    """Wait until nobody holds the round open, and keep it so until this transaction ends."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock_of(round_id))))


async def box(
    connection: AsyncConnection, round_id: RoundId, *, of_bytes: int | None = None
) -> dict[bytes, bytes]:
    """Find the sealed ballots of the round, by tag; those of this length, or all."""
    query = sa.select(ballot_table.c.tag, ballot_table.c.sealed).where(
        ballot_table.c.round_id == round_id
    )
    if of_bytes is not None:
        query = query.where(sa.func.length(ballot_table.c.sealed) == of_bytes)
    return {row.tag: row.sealed for row in await connection.execute(query)}


async def remove(connection: AsyncConnection, round_id: RoundId, *, tag: bytes) -> None:
    """Take one ballot out, if it is there."""
    its = (ballot_table.c.round_id == round_id, ballot_table.c.tag == tag)
    await connection.execute(sa.delete(ballot_table).where(*its))


async def empty(connection: AsyncConnection, round_id: RoundId) -> None:
    """Take all ballots of the round out."""
    await connection.execute(sa.delete(ballot_table).where(ballot_table.c.round_id == round_id))


async def scrub(database: Database) -> None:
    """Clear what deleted ballots left behind: SQLite's write-ahead log, Postgres' dead rows.

    They were unreadable without the key already. Waits for a writer's turn at most, since writers
    wait meanwhile: what a reader keeps busy longer is cleared the next time.
    """
    await scrubbed(database, [ballot_table.name])


def lock_of(round_id: RoundId) -> int:
    """Give the number of the advisory lock that keeps a round open or shut."""
    digest = hashlib.sha256(f"pulse round {round_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


@dataclass(frozen=True, slots=True)
class Box:
    """A box that nobody can shut at the moment; others may hold it open as well."""

    connection: AsyncConnection
    round_id: RoundId

    async def round_in(self, workspace_id: WorkspaceId) -> Round | None:
        """Find its round, in whatever state, if it is this workspace's."""
        return await store.round_of(self.connection, workspace_id, self.round_id)

    async def put(self, *, tag: bytes, sealed: bytes) -> None:
        """Lay a ballot into it, over the one of the same tag."""
        row = {"round_id": self.round_id, "tag": tag, "sealed": sealed}
        await put_rows(self.connection, ballot_table, [row])


async def pin(vault: Vault, round_id: RoundId, digest: bytes) -> bool:
    """Note in the vault what a round publishes; False if something else was noted before.

    So a round has one result ever, whatever becomes of its rows between a count and the next.
    """
    name = f"{round_id}{PIN}"
    try:
        await vault.keep(name, SealedBoxKeys(digest, digest))
    except KeyTaken:
        return (await vault.recall(name)).tag_key == digest
    return True


async def destroy_keys(vault: Vault, round_id: str) -> None:
    """Destroy the keys of a round, then the note of its results."""
    await vault.destroy(round_id)
    await vault.destroy(f"{round_id}{PIN}")


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


async def keys_of(connection: AsyncConnection, vault: Vault, round_id: RoundId) -> SealedBoxKeys:
    """Find the keys of a round.

    Raises KeyLost when the vault that had them has them no more, KeysAway when that vault is not
    here, and OperatorFacing when it cannot be asked.
    """
    try:
        return await vault.recall(round_id)
    except KeyLost:
        await refuse_another(connection, vault)
        raise


async def refuse_another(connection: AsyncConnection, vault: Vault) -> None:
    """Raise KeysAway unless `vault` is the one that this database's keys were put in.

    Before `migrate` has noted one, and for rounds from before vaults had marks, it is the one if it
    has the keys of all rounds under way.
    """
    known = await _known_mark(connection)
    if known is None:
        needed = {round_.id for round_ in await store.under_way(connection)}
        is_the_one = needed <= await vault.names()
    else:
        is_the_one = await vault.mark() == known
    if not is_the_one:
        raise KeysAway(vault.location)


async def move_in(connection: AsyncConnection, vault: Vault) -> None:
    """Let `vault` be the one, if there was none. Raises KeysAway if it is another."""
    await refuse_another(connection, vault)
    if await _known_mark(connection) is None:
        mark = await vault.set_up()
        await add_row(connection, vault_table, {"id": _THE_ONE, "mark": mark})
        if await _known_mark(connection) != mark:  # another replica has another vault
            raise KeysAway(vault.location)


async def start_anew(database: Database, vault: Vault) -> None:
    """Let `vault` be the one from now on, whichever was before.

    The keys of a round under way that are not in it count as lost from then on.
    """
    mark = await vault.set_up()
    async with database.writing() as connection:
        await connection.execute(sa.delete(vault_table))
        await add_row(connection, vault_table, {"id": _THE_ONE, "mark": mark})


async def _known_mark(connection: AsyncConnection) -> str | None:
    """Find the mark of the vault, or None while none was noted."""
    found: str | None = (await connection.execute(sa.select(vault_table.c.mark))).scalar()
    return found
