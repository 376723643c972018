"""Copy the database into one file that either engine can read back. Never the keys.

Sealed ballots of open rounds are in it; only the vault can open them, and only until their round
has closed.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import open_database
from bot.kernel.errors import OperatorFacing
from bot.kernel.refusals import refused
from bot.kernel.scope import everywhere
from bot.kernel.words import agree
from bot.pulse.tables import vault_table
from runtime.commands.backup_format import (
    DAMAGED,
    Manifest,
    Shape,
    read_manifest,
    rows_in,
    shapes_of,
    write_manifest,
    write_table,
)
from runtime.commands.new_file import new_file
from runtime.commands.schema import NO_SCHEMA, alone, schema_of
from runtime.version import VERSION

log = structlog.get_logger("cairn.backup")


@dataclass(frozen=True, slots=True)
class Copied:
    """The amount that was written or read."""

    tables: int
    rows: int

    def __str__(self) -> str:
        rows, tables = f"{self.rows:,} {agree(self.rows, 'row')}", agree(self.tables, "table")
        return f"{rows} of {self.tables} {tables} {agree(self.rows, 'is', 'are')}"


async def back_up(address: str, file: Path, *, now: datetime) -> Copied:
    """Write everything in the database at `address` into `file`, as it is at one instant.

    The bot may run meanwhile, and the schema may be another version's. Raises OperatorFacing,
    leaving no file, when `file` exists or cannot be written, or the database has no tables.
    """
    database = open_database(address)
    try:
        state = await schema_of(database)
        if state.revision is None:
            raise OperatorFacing(NO_SCHEMA, permanent=True)
        async with alone(address, shared=True):
            with (
                new_file(file, "the backup") as opened,
                zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as out,
                everywhere(),
            ):
                async with database.reading() as connection:
                    shapes = await shapes_of(connection)
                    tables = {
                        shape.name: await write_table(connection, shape, out) for shape in shapes
                    }
                manifest = Manifest(state.revision, VERSION, now, tables)
                write_manifest(manifest, out)
    except SQLAlchemyError as failure:
        raise refused(failure, database.engine.url) from failure
    finally:
        await database.close()
    log.info("backup_written", rows=manifest.rows)
    return Copied(len(tables), manifest.rows)


async def restore(address: str, file: Path, *, replace: bool = False) -> Copied:
    """Put everything in `file` into the database at `address`: all of it, or nothing.

    Raises OperatorFacing when the file is not a whole backup of the database's schema, and, unless
    `replace` says to delete what is there, when the database is not empty.
    """
    database = open_database(address)
    try:
        with _whole(file) as (source, manifest), everywhere():
            state = await schema_of(database)
            if state.revision != manifest.schema:
                raise OperatorFacing(_of_another_schema(manifest, state.revision), permanent=True)
            async with database.writing() as connection:
                shapes = await shapes_of(connection)
                await _empty(connection, shapes, replace=replace)
                for shape in shapes:
                    await _read(connection, shape, source, manifest)
    except SQLAlchemyError as failure:
        raise refused(failure, database.engine.url) from failure
    finally:
        await database.close()
    log.info("backup_restored", rows=manifest.rows)
    return Copied(len(manifest.tables), manifest.rows)


def check(file: Path) -> Manifest:
    """Read a backup from its first byte to its last. Raises OperatorFacing unless it is whole."""
    with _whole(file) as (_, manifest):
        return manifest


@contextmanager
def _whole(file: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Open a backup all of which can be read; also says so when it turns out later that not."""
    if not file.is_file():
        raise OperatorFacing(f"there is no file {file}", permanent=True)
    try:
        with zipfile.ZipFile(file) as source:
            manifest = read_manifest(source)
            for name, copy in manifest.tables.items():
                for _ in rows_in(source, name, copy):
                    pass
            yield source, manifest
    except (OperationalError, InternalError):  # the database's own, which is told by cause
        raise
    except (*DAMAGED, NotImplementedError, SQLAlchemyError):
        raise OperatorFacing(
            f"{file} is damaged or no backup of Cairn; the database is as it was",
            permanent=True,
        ) from None


def _of_another_schema(manifest: Manifest, here: str | None) -> str:
    first = "python app.py migrate"
    if here is None or here < manifest.schema:
        how = f"run `{first}` first, with Cairn {manifest.version} or newer"
    else:
        how = f"take an empty database to it with `{first} --to {manifest.schema}`, restore, and "
        how += f"then run `{first}`"
    return f"The backup has schema {manifest.schema}, and the database {here or 'none'}: {how}"


async def _empty(connection: AsyncConnection, shapes: list[Shape], *, replace: bool) -> None:
    """Delete what is there if that is wanted, and the mark of the keys, which `migrate` wrote."""
    for shape in reversed(shapes):
        any_row = sa.select(sa.literal(1)).select_from(shape.table).limit(1)
        if replace or shape.name == vault_table.name:
            await connection.execute(sa.delete(shape.table))
        elif (await connection.execute(any_row)).all():
            raise OperatorFacing(
                "the database is not empty; restore into a new one, or add --replace to delete "
                "what is there",
                permanent=True,
            )


async def _read(
    connection: AsyncConnection, shape: Shape, source: zipfile.ZipFile, manifest: Manifest
) -> None:
    copy = manifest.tables[shape.name]
    if copy.columns != shape.columns:
        raise ValueError("the table has other columns")
    for rows in rows_in(source, shape.name, copy):
        await connection.execute(sa.insert(shape.table), rows)
