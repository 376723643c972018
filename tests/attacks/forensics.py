"""What an attacker with a copy of the disk can do: read every byte, and every row."""

import asyncio
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database
from tests.support.postgres import SUPERUSER, superuser_engine

WINDOW = 16
"""So many bytes of a marker in a row are no chance."""
PIECES = 6
OF_THIS_ROUND = ("id", "round_id", "terms_code", "pseudonym", "people")
"""Columns that are of one round alone, made from its id or its keys."""
HEX = re.compile(r"\\x((?:[0-9a-f]{2})+)")


async def files_of(database: Database) -> list[Path]:
    """Every file of the database: SQLite's with its log, or Postgres' heap and log."""
    if database.is_sqlite:
        name = str(database.engine.url.database)
        return [path for path in map(Path, (name, f"{name}-wal", f"{name}-shm")) if path.exists()]
    async with superuser_engine(database).connect() as outside:
        await outside.execute(sa.text("CHECKPOINT"))
        folder = Path((await outside.execute(sa.text("SHOW data_directory"))).scalar_one())
        number = (
            await outside.execute(
                sa.text("SELECT oid FROM pg_database WHERE datname = current_database()")
            )
        ).scalar_one()
    own = (folder / "base" / str(number)).glob("*")
    return [path for path in (*own, *(folder / "pg_wal").glob("*")) if path.is_file()]


async def dumped(database: Database, folder: Path) -> list[Path]:
    """What the engine's own tool copies: SQLite's VACUUM INTO, or pg_dump.

    Beside pg_dump's text lies one with its hexadecimal values as bytes.
    """
    copy = folder / "dump"
    url = database.engine.url
    if database.is_sqlite:
        with closing(sqlite3.connect(str(url.database))) as connection:
            connection.execute("VACUUM INTO ?", [str(copy)])
        return [copy]
    superuser = url.set(drivername="postgresql", username=SUPERUSER)
    address = superuser.render_as_string(hide_password=False)
    async with superuser_engine(database).connect() as connection:
        bin_folder = "SELECT setting FROM pg_config WHERE name = 'BINDIR'"
        tool = f"{(await connection.execute(sa.text(bin_folder))).scalar_one()}/pg_dump"
    running = await asyncio.create_subprocess_exec(
        tool, "--dbname", address, stdout=asyncio.subprocess.PIPE
    )
    text, _ = await running.communicate()
    assert running.returncode == 0
    decoded = folder / "dump.bytes"
    copy.write_bytes(text)
    decoded.write_bytes(b"\n".join(map(bytes.fromhex, HEX.findall(text.decode()))))
    return [copy, decoded]


def windows(marker: bytes) -> Iterator[bytes]:
    """Pieces from all over a marker, so that one that was torn apart is still found."""
    step = max(WINDOW, len(marker) // PIECES)
    yield from (marker[at : at + WINDOW] for at in range(0, len(marker) - WINDOW + 1, step))


def found_in(paths: Iterable[Path], markers: Iterable[bytes]) -> set[bytes]:
    """Which markers, or pieces of them, stand in any of the files."""
    contents = [path.read_bytes() for path in paths]
    return {
        marker
        for marker in markers
        if any(piece in content for piece in windows(marker) for content in contents)
    }


async def table_names(connection: AsyncConnection) -> list[str]:
    names: list[str] = await connection.run_sync(lambda c: sa.inspect(c).get_table_names())
    return sorted(names)


async def rows_of(database: Database, *, without: Iterable[str] = ()) -> dict[str, list[str]]:
    """All rows of all tables as text, but for the columns named in `without`."""
    hidden = set(without)
    found: dict[str, list[str]] = {}
    async with database.reading() as connection:
        for name in await table_names(connection):
            rows = await connection.execute(sa.text(f'SELECT * FROM "{name}"'))
            found[name] = sorted(
                str({key: value for key, value in row._asdict().items() if key not in hidden})
                for row in rows
            )
    return found
