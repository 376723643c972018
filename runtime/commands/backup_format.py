"""Write and read the file of a backup, whatever schema its rows are of.

It is a zip: `manifest.json`, and one file of JSON lines for each table, rows in the order of their
keys. Tables, columns and types are those that the database has, so that a version of Cairn can copy
the schema of another.
"""

import base64
import hashlib
import json
import lzma
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from functools import partial
from itertools import takewhile
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Instant
from bot.kernel.errors import OperatorFacing

FIRST_FORMAT, FORMAT = 1, 2
MANIFEST = "manifest.json"
ROWS_AT_ONCE = 500
LONGEST_BYTES = 100_000_000
"""Of a row, and of the manifest: a small file may unpack to any size."""
NOT_COPIED = frozenset({"alembic_version", "schema_use"})
"""They are about the schema of the database itself; `migrate` writes them."""
DAMAGED = (OSError, zipfile.BadZipFile, zlib.error, ValueError, KeyError, TypeError, EOFError)
"""Errors of reading a file that is no backup, or no longer."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How the values of a type are kept in JSON."""

    type: sa.types.TypeEngine[Any]
    plain: Callable[[Any], object] = lambda value: value
    value: Callable[[Any], object] = lambda plain: plain


KINDS: Mapping[str, Kind] = {
    "instant": Kind(Instant(), datetime.isoformat, datetime.fromisoformat),
    "date": Kind(sa.Date(), date.isoformat, date.fromisoformat),
    "time": Kind(sa.Time(), time.isoformat, time.fromisoformat),
    "bytes": Kind(
        sa.LargeBinary(),
        lambda value: base64.b64encode(value).decode(),
        partial(base64.b64decode, validate=True),
    ),
    "json": Kind(sa.JSON(none_as_null=True)),
    "boolean": Kind(sa.Boolean()),
    "integer": Kind(sa.Integer()),
    "float": Kind(sa.Float()),
    "text": Kind(sa.String()),
}
_FAMILIES: tuple[tuple[type[sa.types.TypeEngine[Any]], str], ...] = (
    (sa.DateTime, "instant"),
    (sa.Date, "date"),
    (sa.Time, "time"),
    (sa.LargeBinary, "bytes"),
    (sa.JSON, "json"),
    (sa.Boolean, "boolean"),
    (sa.Integer, "integer"),
    (sa.Numeric, "float"),
    (sa.Float, "float"),
    (sa.String, "text"),
)


@dataclass(frozen=True, slots=True)
class TableCopy:
    """A table in a file: its columns with their kinds, its rows, and the digest of its lines."""

    columns: Mapping[str, str]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The schema and version that a backup is of, when it was made, and its tables."""

    schema: str
    version: str
    made_at: datetime
    tables: Mapping[str, TableCopy]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as the database has it."""

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    optional: frozenset[str]

    @property
    def table(self) -> sa.TableClause:
        return sa.table(self.name, *(sa.column(n, self.type_of(n)) for n in self.columns))

    def type_of(self, column: str) -> sa.types.TypeEngine[Any]:
        """Give a column's type; JSON's null is one only where a column cannot be empty."""
        if self.columns[column] == "json" and column not in self.optional:
            return sa.JSON()
        return KINDS[self.columns[column]].type


async def shapes_of(connection: AsyncConnection) -> list[Shape]:
    """Read what tables there are, parents before those that belong to them."""
    return await connection.run_sync(_shapes)


def _shapes(connection: sa.Connection) -> list[Shape]:
    found = sa.inspect(connection)
    names = [name for name, _ in found.get_sorted_table_and_fkc_names() if name]
    columns = {name: given for (_, name), given in found.get_multi_columns().items()}
    keys = {name: given for (_, name), given in found.get_multi_pk_constraint().items()}
    return [
        Shape(
            name=name,
            columns={one["name"]: _kind_of(one["type"]) for one in columns[name]},
            key=tuple(keys[name]["constrained_columns"]),
            optional=frozenset(one["name"] for one in columns[name] if one["nullable"]),
        )
        for name in names
        if name not in NOT_COPIED
    ]


def _kind_of(given: sa.types.TypeEngine[Any]) -> str:
    return next(kind for family, kind in _FAMILIES if isinstance(given, family))


async def write_table(connection: AsyncConnection, shape: Shape, out: zipfile.ZipFile) -> TableCopy:
    """Write all rows of a table into the file."""
    rows, digest = 0, hashlib.sha256()
    with out.open(_name(shape.name), "w", force_zip64=True) as lines:
        async for row in _rows(connection, shape):
            plain = {
                name: None if row[name] is None else KINDS[kind].plain(row[name])
                for name, kind in shape.columns.items()
            }
            line = json.dumps(plain, ensure_ascii=False).encode() + b"\n"
            lines.write(line)
            digest.update(line)
            rows += 1
    return TableCopy(columns=dict(shape.columns), rows=rows, sha256=digest.hexdigest())


async def _rows(connection: AsyncConnection, shape: Shape) -> AsyncIterator[sa.RowMapping]:
    """All rows in the order of their keys, some at once."""
    table = shape.table
    key = [table.c[name] for name in shape.key]
    query = sa.select(table).order_by(*key).limit(ROWS_AT_ONCE)
    page = query
    while found := (await connection.execute(page)).mappings().all():
        for row in found:
            yield row
        last = [sa.literal(found[-1][column.name], column.type) for column in key]
        page = query.where(sa.tuple_(*key) > sa.tuple_(*last))


def write_manifest(manifest: Manifest, out: zipfile.ZipFile) -> None:
    """Write the file's last entry."""
    about = asdict(manifest) | {"format": FORMAT, "made_at": manifest.made_at.isoformat()}
    out.writestr(MANIFEST, json.dumps(about, indent=1))


def read_whole(source: zipfile.ZipFile) -> Manifest:
    """Read a file from its first byte to its last. Raises one of DAMAGED unless it is whole."""
    try:
        manifest = read_manifest(source)
        for name, copy in manifest.tables.items():
            for _ in rows_in(source, name, copy):
                pass
    except (AttributeError, OverflowError, RuntimeError, lzma.LZMAError) as strange:
        raise ValueError("it is not as `backup` writes it") from strange
    return manifest


def read_manifest(source: zipfile.ZipFile) -> Manifest:
    """Read what the file holds. Raises one of DAMAGED, KeyError for a format that is not ours, and
    OperatorFacing for one that an earlier version reads."""
    with source.open(MANIFEST) as file:
        about = json.loads(_not_too_long(file.read(LONGEST_BYTES + 1)))
    if about["format"] == FIRST_FORMAT:
        raise OperatorFacing(
            f"The backup was made by Cairn 0.1.0 or older (schema {about['schema']}), and is whole "
            "as far as can be seen; restore it with that version, then run `python app.py migrate` "
            "with this one",
            permanent=True,
        )
    if about["format"] != FORMAT:
        raise KeyError(about["format"])
    return Manifest(
        schema=str(about["schema"]),
        version=str(about["version"]),
        made_at=datetime.fromisoformat(about["made_at"]),
        tables={name: TableCopy(**table) for name, table in about["tables"].items()},
    )


def rows_in(source: zipfile.ZipFile, name: str, copy: TableCopy) -> Iterator[list[dict[str, Any]]]:
    """Read the rows of a table, some at once. Raises ValueError where they are not as written."""
    digest, rows = hashlib.sha256(), 0
    with source.open(_name(name)) as lines:
        while some := _lines(lines):
            for line in some:
                digest.update(line)
            rows += len(some)
            yield [_row(json.loads(line), copy.columns) for line in some]
    if (rows, digest.hexdigest()) != (copy.rows, copy.sha256):
        raise ValueError("rows are missing or changed")


def _lines(lines: IO[bytes]) -> list[bytes]:
    some = (_not_too_long(lines.readline(LONGEST_BYTES + 1)) for _ in range(ROWS_AT_ONCE))
    return list(takewhile(bool, some))


def _not_too_long(text: bytes) -> bytes:
    if len(text) > LONGEST_BYTES:
        raise ValueError("no row is so long")
    return text


def _row(plain: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    if plain.keys() != columns.keys():
        raise ValueError("a row has other columns")
    return {
        name: None if plain[name] is None else KINDS[kind].value(plain[name])
        for name, kind in columns.items()
    }


def _name(table: str) -> str:
    return f"tables/{table}.jsonl"
