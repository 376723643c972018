"""Look after the keys of members' words and of tokens: rotate them, and tell which are in use."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.agreements import store as agreements
from bot.announcements import store as announcements
from bot.care import store as care
from bot.checkins import replies
from bot.checkins import store as checkins
from bot.closing import store as closing
from bot.community import store as community
from bot.compass import store as compasses
from bot.goals import store as goals
from bot.kernel.database import Database, delete_rows
from bot.kernel.errors import OperatorFacing
from bot.kernel.words import plural
from bot.keys.keyring import KNOWN_FOR_S, TOKENS, WORDS, Keyring, made_at_s
from bot.keys.sealed import SealedRows
from bot.keys.vault import Vault
from bot.matching import exclusions
from bot.people import installations, roster_feed
from bot.profiles import store as profiles
from bot.relationship import store as relationships
from bot.stages import store as stages

SEALED: tuple[SealedRows, ...] = (
    checkins.SEALED,
    replies.SEALED,
    closing.SEALED,
    closing.SEALED_THANKS,
    agreements.SEALED_SIDES,
    agreements.SEALED_TEXTS,
    announcements.SEALED,
    community.SEALED,
    compasses.SEALED,
    relationships.SEALED,
    exclusions.SEALED,
    goals.SEALED,
    goals.SEALED_NOTES,
    profiles.SEALED,
    care.SEALED,
    installations.SEALED,
    roster_feed.SEALED,
    stages.SEALED,
)
"""All rows that hold something sealed with long-lived keys."""
GIVEN_UP = (exclusions.SEALED, care.SEALED)
"""Rows that stand in the way of everybody while nobody can read them: wishes, blocks, concerns."""
UNUSED_FOR = timedelta(seconds=5 * KNOWN_FOR_S)
"""A process may go on sealing with the key before for KNOWN_FOR_S."""


@dataclass(frozen=True, slots=True)
class KeysInUse:
    """The keys that rows are sealed with, how many of them are gone, and those that none needs."""

    used: frozenset[str]
    missing: frozenset[str]
    spare: frozenset[str]


async def keys_in_use(connection: AsyncConnection, vault: Vault) -> KeysInUse:
    """Compare the rows of the database with the keys of the vault."""
    used = {key_id for each in SEALED for key_id in await each.key_ids(connection)}
    kinds = {each.kind for each in SEALED}
    names = {kind: await Keyring(vault, kind).names() for kind in kinds}
    kept = {name for found in names.values() for name in found}
    newest = {found[-1] for found in names.values() if found}
    return KeysInUse(
        used=frozenset(used), missing=frozenset(used - kept), spare=frozenset(kept - used - newest)
    )


async def rotate(database: Database, vault: Vault, *, now: datetime) -> int:
    """Make new keys and seal all rows with them; returns how many rows no key opens.

    The bot may run meanwhile. Keys of before stay, for backups and for what nobody could open.
    """
    lost = 0
    for kind in (WORDS, TOKENS):
        keyring = Keyring(vault, kind)
        if kind == WORDS or await keyring.names():
            await keyring.rotate(now=now)
            lost += await _reseal(database, keyring)
    return lost


async def _reseal(database: Database, keyring: Keyring) -> int:
    """Seal with the newest key what older ones sealed; returns how many rows no key opens."""
    return sum([await one.reseal(database, keyring) for one in SEALED if one.kind == keyring.kind])


async def destroy_spare(database: Database, vault: Vault, *, now: datetime) -> int:
    """Destroy the keys that no row needs: what old backups and logs hold of them is gone then.

    What a rotation did not come to seal anew, or a running process sealed meanwhile with the key
    before, is sealed anew first. Raises OperatorFacing while a process may not have heard of the
    newest key yet.
    """
    keyrings = [Keyring(vault, kind) for kind in (WORDS, TOKENS)]
    names = [name for one in keyrings for name in await one.names()]
    latest_s = max(map(made_at_s, names), default=0)
    wait_s = latest_s + UNUSED_FOR.total_seconds() - now.timestamp()
    if wait_s > 0:
        raise OperatorFacing(
            "Nothing was destroyed: the newest key was made only now, and a running Cairn may not "
            f"use it yet; try again in {plural(math.ceil(wait_s / 60), 'minute')}"
        )
    for keyring in keyrings:
        if await keyring.names():
            await _reseal(database, keyring)
    async with database.reading() as connection:
        spare = (await keys_in_use(connection, vault)).spare
    for name in sorted(spare):
        await vault.destroy(name)
    return len(spare)


async def count_unreadable(
    database: Database, vault: Vault, tables: Sequence[SealedRows] = SEALED
) -> dict[str, int]:
    """Count the rows that no key of the vault opens, by table."""
    found = {}
    for each in tables:
        keyring = Keyring(vault, each.kind)
        async with database.reading() as connection:
            found[each.table.name] = len(await each.unreadable(connection, keyring))
    return {name: count for name, count in found.items() if count}


async def give_up_wishes(database: Database, vault: Vault) -> int:
    """Delete the wishes, blocks and concerns that nobody can read any more: how many.

    People can then be matched and erased again. Only an operator may decide so: whoever had one
    has to be asked for it again.
    """
    keyring, gone = Keyring(vault, WORDS), 0
    async with database.writing() as connection:
        for sealed in GIVEN_UP:
            for row in await sealed.unreadable(connection, keyring):
                gone += await delete_rows(connection, sealed.table, row.workspace_id, id=row.id)
    return gone
