"""Write an export as a zip: a CSV of each table, the description of the package, the codebook."""

import io
import json
import random
import secrets
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import IO

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.csv_text import row_writer
from bot.programme.model import Programme
from bot.research.codebook import as_markdown, codebook, data_package
from bot.research.columns import tables
from bot.research.model import Cell, ExportTable
from bot.research.participants import Participants, participants
from bot.research.rows import Reading
from bot.stages.model import Framework

_ANY_DAY = (1980, 1, 1, 0, 0, 0)
"""A zip says when each file was made; this one does not."""
Tell = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that was written: who is in it, and its rows by table."""

    who: Participants
    rows: dict[str, int]


def nobody(_share: float, _step: str) -> None:
    """Tell nobody how far an export is."""


async def write_export(
    connection: AsyncConnection,
    out: IO[bytes],
    programme: Programme,
    framework: Framework | None,
    *,
    consent_version: int,
    tell: Tell = nobody,
    rng: random.Random | None = None,
) -> Exported:
    """Write what those who agreed let research have, as it is now, in portions.

    `tell` hears of each step, and how much is done from 0 to 1. Raises UserFacing where fewer than
    five agreed.
    """
    who = await participants(
        connection,
        programme,
        framework,
        consent_version=consent_version,
        rng=rng or secrets.SystemRandom(),
    )
    every, counts = tables(framework), dict[str, int]()
    reading = Reading(connection, who)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for number, table in enumerate(every):
            reading.tell = partial(_part, tell, number / len(every), 1 / len(every), table.name)
            reading.tell(0)
            counts[table.name] = await _write_table(package, table, reading)
        book = codebook(
            every,
            framework,
            [reading.instruments[one] for one in sorted(reading.instruments)],
            week_step=who.week_step,
            consent_version=consent_version,
        )
        _add(package, "datapackage.json", json.dumps(data_package(every), indent=2))
        _add(package, "codebook.json", json.dumps(book, indent=2, ensure_ascii=False))
        _add(package, "codebook.md", as_markdown(book))
    return Exported(who, counts)


def _part(tell: Tell, first: float, share: float, step: str, done: float) -> None:
    tell(first + share * min(done, 1), step)


async def _write_table(package: zipfile.ZipFile, table: ExportTable, reading: Reading) -> int:
    count = 0
    with (
        package.open(_entry(f"{table.name}.csv"), "w", force_zip64=True) as binary,
        io.TextIOWrapper(binary, "utf-8", newline="") as text,
    ):
        write = row_writer(text)
        write([one.name for one in table.columns])
        async for row in reading.rows(table.name):
            write(map(as_cell, row))
            count += 1
    return count


def as_cell(cell: Cell) -> object:
    """Give a cell as Table Schema reads it."""
    return str(cell).lower() if isinstance(cell, bool) else cell


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _ANY_DAY)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _add(package: zipfile.ZipFile, name: str, text: str) -> None:
    package.writestr(_entry(name), text)
