"""What an attacker with a copy of the disk can do: read every byte, and every row."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database

WINDOW = 16
"""So many bytes of a marker in a row are no chance."""
PIECES = 6


async def files_of(database: Database) -> list[Path]:
    """Every file of the database: SQLite's with its log, or Postgres' heap and log."""
    if database.is_sqlite:
        name = str(database.engine.url.database)
        return [path for path in map(Path, (name, f"{name}-wal", f"{name}-shm")) if path.exists()]
    async with database.engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(sa.text("CHECKPOINT"))
        folder = Path((await outside.execute(sa.text("SHOW data_directory"))).scalar_one())
        number = (
            await outside.execute(
                sa.text("SELECT oid FROM pg_database WHERE datname = current_database()")
            )
        ).scalar_one()
    own = (folder / "base" / str(number)).glob("*")
    return [path for path in (*own, *(folder / "pg_wal").glob("*")) if path.is_file()]


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
                str({key: value for key, value in row._mapping.items() if key not in hidden})
                for row in rows
            )
    return found
