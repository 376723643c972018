"""Copy the database into one file that either engine can read back. Never the keys.

Sealed ballots of open rounds are in it; only the vault can open them, and only until their round
has closed.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.recovery import look_up_what_waited, note_restored
from bot.kernel.database import open_database
from bot.kernel.errors import OperatorFacing
from bot.kernel.refusals import refused
from bot.kernel.scope import everywhere
from bot.kernel.words import agree, full_date, plural
from bot.pulse.tables import vault_table
from bot.schedule.claims import pass_over
from runtime.commands.backup_format import (
    DAMAGED,
    Manifest,
    Shape,
    read_whole,
    rows_in,
    shapes_of,
    write_manifest,
    write_table,
)
from runtime.commands.encryption import encrypted_into, opened, recipient_of
from runtime.commands.new_file import new_file
from runtime.commands.schema import NO_SCHEMA, alone, schema_of
from runtime.locks import Lock, locked, wait_until_noticed
from runtime.version import VERSION

log = structlog.get_logger("cairn.backup")

RUNS = "Cairn is running on this database; stop it everywhere, then restore"
KNOWS_RESTORES = "0061"


@dataclass(frozen=True, slots=True)
class Copied:
    """The amount that was written or read."""

    tables: int
    rows: int

    def __str__(self) -> str:
        rows, tables = f"{self.rows:,} {agree(self.rows, 'row')}", agree(self.tables, "table")
        return f"{rows} of {self.tables} {tables} {agree(self.rows, 'is', 'are')}"


async def back_up(
    address: str, file: Path, *, now: datetime, recipient: str | None = None
) -> Copied:
    """Write everything in the database at `address` into `file`, as it is at one instant.

    Encrypted, if an age public key is given as the `recipient`. The bot may run meanwhile, and the
    schema may be another version's. Raises OperatorFacing, leaving no file, when `file` exists or
    cannot be written, or the database has no tables.
    """
    key = recipient_of(recipient) if recipient is not None else None
    database = open_database(address)
    try:
        state = await schema_of(database)
        if state.revision is None:
            raise OperatorFacing(NO_SCHEMA, permanent=True)
        async with alone(address, shared=True):
            with (
                new_file(file, "the backup") as written,
                encrypted_into(written, key) if key else nullcontext(written) as plain,
                zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as out,
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


@dataclass(frozen=True, slots=True)
class PutBack:
    """The amount that came back, and of messages looked up and schedules passed over since."""

    copied: Copied
    looked_up: int
    passed_over: int

    def __str__(self) -> str:
        return (
            f"{self.copied} back. {plural(self.looked_up, 'message')} that waited will be looked "
            f"up in Slack before they are sent; {plural(self.passed_over, 'schedule')} of what "
            "asks people will go on from now."
        )


async def restore(
    address: str,
    file: Path,
    *,
    now: datetime,
    identity: Path | None = None,
    replace: bool = False,
    catch_up: bool = False,
) -> PutBack:
    """Put everything in `file` into the database at `address`: all of it, or nothing.

    What waited in it is looked up in Slack before it is sent. What asks people again and again goes
    on from `now`, unless `catch_up` says that what fell due meanwhile is to be done.
    Raises OperatorFacing when Cairn runs, when the file is not a whole backup of the database's
    schema, and, unless `replace` says to delete what is there, when the database is not empty.
    """
    database = open_database(address)
    try:
        with _whole(file, identity) as (source, manifest), everywhere():
            state = await schema_of(database)
            if state.revision != manifest.schema:
                raise OperatorFacing(_of_another_schema(manifest, state.revision), permanent=True)
            async with (
                locked(address, Lock.RUNNING, taken=RUNS),
                alone(address),
                database.writing() as connection,
            ):
                if replace:
                    await wait_until_noticed(address)
                shapes = await shapes_of(connection)
                await _empty(connection, shapes, replace=replace)
                for shape in shapes:
                    await _read(connection, shape, source, manifest)
                looked_up = await look_up_what_waited(connection, made_at=manifest.made_at, now=now)
                passed_over = 0 if catch_up else await pass_over(connection, now=now)
                if manifest.schema >= KNOWS_RESTORES:
                    await note_restored(connection, made_at=manifest.made_at, now=now)
    except SQLAlchemyError as failure:
        raise refused(failure, database.engine.url) from failure
    finally:
        await database.close()
    log.info("backup_restored", rows=manifest.rows)
    copied = Copied(len(manifest.tables), manifest.rows)
    return PutBack(copied, looked_up, passed_over)


def check(file: Path, identity: Path | None = None) -> Manifest:
    """Read a backup from its first byte to its last. Raises OperatorFacing unless it is whole."""
    with _whole(file, identity) as (_, manifest):
        return manifest


def described(manifest: Manifest) -> str:
    """Say what a backup is, once all of it could be read."""
    at = manifest.made_at.astimezone(UTC)
    copied = Copied(len(manifest.tables), manifest.rows)
    return (
        f"Whole: {copied} in it, made by Cairn {manifest.version} on {full_date(at.date())}, "
        f"{at:%H:%M} UTC, of schema {manifest.schema}."
    )


@contextmanager
def _whole(file: Path, identity: Path | None) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Open a backup all of which can be read; also says so when it turns out later that not."""
    try:
        with opened(file, identity) as plain, zipfile.ZipFile(plain) as source:
            yield source, read_whole(source)
    except (OperationalError, InternalError):  # the database's own, which is told by cause
        raise
    except (*DAMAGED, SQLAlchemyError):
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
