"""Copy the database into one file that either engine can read back. Never the keys.

The file is a zip: `manifest.json`, and one file of JSON lines for each table, rows in the order of
their keys. Sealed ballots of open rounds are in it; only the vault can open them, and only until
their round has closed.
"""

import base64
import json
import zipfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Instant, all_tables
from bot.kernel.errors import OperatorFacing
from bot.kernel.scope import everywhere
from bot.kernel.tables import schema_use
from bot.pulse.tables import vault_table
from runtime.commands.new_file import new_file
from runtime.commands.schema import current_database, newest_revision

FORMAT = 1
MANIFEST = "manifest.json"
ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Copied:
    """The amount that was written or read."""

    tables: int
    rows: int


async def back_up(address: str, file: Path, *, now: datetime) -> Copied:
    """Write everything in the database at `address` into `file`, as it is at one instant.

    The bot may run meanwhile. Raises OperatorFacing, leaving no file, when `file` exists or cannot
    be written, or the database is not up to date.
    """
    async with current_database(address, copied=True) as database:
        with (
            new_file(file, "the backup") as opened,
            zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as out,
        ):
            counts: dict[str, int] = {}
            with everywhere():
                async with database.reading() as connection:
                    for table in _tables():
                        counts[table.name] = await _write(connection, table, out)
            about = {
                "format": FORMAT,
                "schema": newest_revision(),
                "made_at": now.isoformat(),
                "rows": counts,
            }
            out.writestr(MANIFEST, json.dumps(about, indent=1))
    return Copied(len(counts), sum(counts.values()))


async def restore(address: str, file: Path, *, replace: bool = False) -> Copied:
    """Put everything in `file` into the database at `address`: all of it, or nothing.

    Raises OperatorFacing when the file is not a whole backup of this version's schema, and, unless
    `replace` says to delete what is there, when the database is not empty.
    """
    _refuse_no_file(file)
    async with current_database(address, copied=True) as database:
        try:
            with zipfile.ZipFile(file) as source:
                counts = _counts(json.loads(source.read(MANIFEST)))
                with everywhere():
                    async with database.writing() as connection:
                        await _empty(connection, replace=replace)
                        for table in _tables():
                            await _read(connection, table, source, expected=counts[table.name])
        except (OperationalError, InternalError):  # the database's own, which is told by cause
            raise
        except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError, SQLAlchemyError):
            raise OperatorFacing(
                f"{file} is damaged or no backup of Cairn; the database is as it was",
                permanent=True,
            ) from None
    return Copied(len(counts), sum(counts.values()))


def _refuse_no_file(file: Path) -> None:
    if not file.is_file():
        raise OperatorFacing(f"there is no file {file}", permanent=True)


def _tables() -> list[sa.Table]:
    """All tables but the one that is about the schema, which only `migrate` writes."""
    return [table for table in all_tables().sorted_tables if table is not schema_use]


async def _write(connection: AsyncConnection, table: sa.Table, out: zipfile.ZipFile) -> int:
    rows = 0
    with out.open(_name(table), "w", force_zip64=True) as lines:
        async for row in _rows(connection, table):
            kept = {column.name: _plain(row[column.name]) for column in table.columns}
            lines.write(json.dumps(kept, ensure_ascii=False).encode() + b"\n")
            rows += 1
    return rows


async def _rows(connection: AsyncConnection, table: sa.Table) -> AsyncIterator[sa.RowMapping]:
    """All rows in the order of their keys, some at once."""
    key = list(table.primary_key.columns)
    query = sa.select(table).order_by(*key).limit(ROWS_AT_ONCE)
    page = query
    while found := (await connection.execute(page)).mappings().all():
        for row in found:
            yield row
        last = [sa.literal(found[-1][column.name], column.type) for column in key]
        page = query.where(sa.tuple_(*key) > sa.tuple_(*last))


async def _read(
    connection: AsyncConnection, table: sa.Table, source: zipfile.ZipFile, *, expected: int
) -> None:
    columns = [sa.column(column.name, _type_of(column)) for column in table.columns]
    into, rows = sa.table(table.name, *columns).insert(), 0
    with source.open(_name(table)) as lines:
        while some := list(islice(lines, ROWS_AT_ONCE)):
            values = [
                {column.name: _value(column, kept[column.name]) for column in table.columns}
                for kept in map(json.loads, some)
            ]
            await connection.execute(into, values)
            rows += len(values)
    if rows != expected:
        raise ValueError("rows are missing")


async def _empty(connection: AsyncConnection, *, replace: bool) -> None:
    """Delete what is there if that is wanted, and the mark of the keys, which `migrate` wrote."""
    for table in reversed(_tables()):
        if replace or table is vault_table:
            await connection.execute(sa.delete(table))
        elif (await connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1))).all():
            raise OperatorFacing(
                "the database is not empty; restore into a new one, or add --replace to delete "
                "what is there",
                permanent=True,
            )


def _counts(about: Mapping[str, Any]) -> dict[str, int]:
    """Rows per table. Raises OperatorFacing for a backup of another version."""
    schema, here = str(about["schema"]), newest_revision()
    if about["format"] != FORMAT or schema != here:
        raise OperatorFacing(
            f"the backup was made by another version of Cairn (schema {schema}, here {here}); "
            "restore it with that version, then migrate",
            permanent=True,
        )
    return {str(name): int(rows) for name, rows in about["rows"].items()}


def _name(table: sa.Table) -> str:
    return f"tables/{table.name}.jsonl"


def _type_of(column: sa.Column[Any]) -> sa.types.TypeEngine[Any]:
    """The column's type; an empty JSON column stays empty instead of becoming JSON's null."""
    if isinstance(column.type, sa.JSON) and column.nullable:
        return sa.JSON(none_as_null=True)
    return column.type


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, (date, time)) else value


def _value(column: sa.Column[Any], value: Any) -> object:
    if value is None:
        return None
    if isinstance(column.type, sa.LargeBinary):
        return base64.b64decode(value, validate=True)
    if isinstance(column.type, Instant):
        return datetime.fromisoformat(value)
    if isinstance(column.type, sa.Time):
        return time.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column.type, sa.Date) else value
