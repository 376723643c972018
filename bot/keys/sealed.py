"""Keep words in rows that nobody can read, move or alter without a key outside the database.

A sealed row opens only as the row it was sealed as: in its table and workspace, by its author, for
its audience. Of what it holds, its columns `key_id` and `sealed` tell nothing but a rough length.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.clock import as_utc
from bot.kernel.database import Database, portions
from bot.kernel.errors import OperatorFacing
from bot.keys.keyring import TOKENS, WORDS, Keyring
from bot.keys.vault import KeyLost

PADDED_TO_BYTES = 512
"""The least length of what is sealed; above it, the next power of two."""


def sealed_columns(*, nullable: bool = False) -> list[sa.Column[Any]]:
    """Make the columns of a table whose rows hold sealed words, or some of them."""
    return [
        sa.Column("key_id", sa.String, nullable=nullable, comment="the key in the vault"),
        sa.Column("sealed", sa.LargeBinary, nullable=nullable),
    ]


@dataclass(frozen=True, slots=True)
class SealedRows:
    """A table whose rows hold something sealed: words, or the tokens of a workspace.

    `bound_to` names the columns that make a row the one that was sealed; of those of
    `bound_to_filled`, what is filled.
    """

    table: sa.Table
    bound_to: tuple[str, ...]
    kind: str = WORDS
    column: str = "sealed"
    bound_to_filled: tuple[str, ...] = ()

    async def seal(
        self, connection: AsyncConnection, row: Mapping[str, Any], content: object
    ) -> dict[str, Any]:
        """Add the sealed content to a row of all its other columns."""
        key_id, sealed = await keyring_of(connection).seal(padded(content), self.bound(row))
        return {**row, "key_id": key_id, "sealed": sealed}

    async def open(self, connection: AsyncConnection, row: sa.Row[Any]) -> Any:
        """Open a row's content. Raises KeyLost for one that was altered, or whose key is gone."""
        terms = self.bound(row._asdict())
        return json.loads(await keyring_of(connection).open(row.key_id, row.sealed, terms))

    def bound(self, row: Mapping[str, Any]) -> str:
        """Write down what a row is bound to; tokens are bound to their workspace alone."""
        said = [_plain(row[name]) for name in self.bound_to]
        said += [row[name] for name in self.bound_to_filled if row[name]]
        return str(*said) if self.kind == TOKENS else json.dumps([self.table.name, *said])

    async def key_ids(self, connection: AsyncConnection) -> dict[str, int]:
        """Count the rows by the key that opens them."""
        its = self.table.c.key_id
        query = sa.select(its, sa.func.count()).where(its.is_not(None)).group_by(its)
        return {row[0]: row[1] for row in await connection.execute(query)}

    async def reseal(self, database: Database, keyring: Keyring) -> int:
        """Seal with the newest key what older ones sealed; returns how many rows nobody can open.

        Some rows at a time: the bot may run meanwhile, and may have changed a row since.
        """
        newest, _ = await keyring.current()
        ids = list(self.table.primary_key.columns)
        async with database.reading() as connection:
            old = sa.select(*ids).where(self.table.c.key_id != newest)
            keys = (await connection.execute(old)).all()
        lost = 0
        for some in portions(keys):
            async with database.writing() as connection:
                these = sa.tuple_(*ids).in_([tuple(one) for one in some])
                query = sa.select(self.table).where(these)
                for row in (await connection.execute(query)).all():
                    lost += not await self._reseal(connection, keyring, row)
        return lost

    async def _reseal(
        self, connection: AsyncConnection, keyring: Keyring, row: sa.Row[Any]
    ) -> bool:
        values = row._asdict()
        terms, sealed = self.bound(values), values[self.column]
        try:
            content = await keyring.open(row.key_id, sealed, terms)
        except KeyLost:
            return False
        key_id, again = await keyring.seal(content, terms)
        its = [one == values[one.name] for one in self.table.primary_key.columns]
        statement = sa.update(self.table).where(*its, self.table.c[self.column] == sealed)
        await connection.execute(statement.values({"key_id": key_id, self.column: again}))
        return True

    async def unreadable(self, connection: AsyncConnection, keyring: Keyring) -> list[sa.Row[Any]]:
        """Find the rows that no key of the vault opens."""
        found = []
        for row in (await connection.execute(sa.select(self.table))).all():
            values = row._asdict()
            if values[self.column] is None:
                continue
            try:
                await keyring.open(row.key_id, values[self.column], self.bound(values))
            except KeyLost:
                found.append(row)
        return found


def padded(content: object) -> bytes:
    """Write content as JSON, with white space after it up to the next power of two."""
    text = json.dumps(content, ensure_ascii=False).encode()
    length = PADDED_TO_BYTES
    while length < len(text):
        length *= 2
    return text.ljust(length)


def with_keyring(database: Database, keyring: Keyring) -> Database:
    """Give every connection of `database` the keys of its sealed rows."""
    return replace(database, engine=database.engine.execution_options(cairn_keyring=keyring))


def keyring_of(connection: AsyncConnection) -> Keyring:
    """Find the keys of the sealed rows behind a connection."""
    assert connection.sync_connection is not None
    found = connection.sync_connection.get_execution_options().get("cairn_keyring")
    if not isinstance(found, Keyring):
        raise OperatorFacing("the database was opened without the keys of words", permanent=True)
    return found


def _plain(value: object) -> object:
    return as_utc(value).isoformat() if isinstance(value, datetime) else value
