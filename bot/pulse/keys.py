"""Find the keys of open rounds in the vault they were put in, and never guess that they are lost.

A vault without its mark is an empty mount point, another directory or another server. Only the
vault that has the mark can say that a key is gone.
"""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database, add_row
from bot.keys.vault import KeyLost, KeysAway, SealedBoxKeys, Vault
from bot.pulse import store
from bot.pulse.model import RoundId
from bot.pulse.tables import vault_table

_THE_ONE = 1


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

    Before a round was ever opened, and for rounds from before vaults had marks, it is the one if
    it has the keys of all rounds under way.
    """
    known = await known_mark(connection)
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
    if await known_mark(connection) is None:
        mark = await vault.set_up()
        if await remember(connection, mark) != mark:  # another replica has another vault
            raise KeysAway(vault.location)


async def start_anew(database: Database, vault: Vault) -> None:
    """Let `vault` be the one from now on, whichever was before.

    The keys of a round under way that are not in it count as lost from then on.
    """
    mark = await vault.set_up()
    async with database.writing() as connection:
        await replace_mark(connection, mark)


async def known_mark(connection: AsyncConnection) -> str | None:
    """Find the mark of the vault, or None while no round was ever opened."""
    found: str | None = (await connection.execute(sa.select(vault_table.c.mark))).scalar()
    return found


async def remember(connection: AsyncConnection, mark: str) -> str:
    """Keep `mark` if none is kept; the one that is kept then."""
    await add_row(connection, vault_table, {"id": _THE_ONE, "mark": mark})
    return await known_mark(connection) or mark


async def replace_mark(connection: AsyncConnection, mark: str) -> None:
    """Keep `mark` instead of the one that is kept."""
    await connection.execute(sa.delete(vault_table))
    await remember(connection, mark)
