"""Write tables as CSV that is safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import TextIO

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_AS_TEXT = "'"
"""In front of a cell, tells a spreadsheet that the rest is text: https://owasp.org/www-community/
attacks/CSV_Injection."""


def as_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a head and rows; a cell that a spreadsheet would run as a formula is marked as text."""
    out = io.StringIO(newline="")
    write = row_writer(out)
    for row in (head, *rows):
        write(row)
    return out.getvalue()


def row_writer(out: TextIO) -> Callable[[Iterable[object]], None]:
    """Make what writes one row after the other into `out`, as `as_csv` writes them all."""
    writer = csv.writer(out, lineterminator="\n")

    def write(row: Iterable[object]) -> None:
        writer.writerow([_on_lines(cell) for cell in row])

    return write


def _on_lines(cell: object) -> str:
    """Write a safe cell with line feeds alone: a lone carriage return is not quoted by `csv`, and
    ends the row for whoever reads it, so that the next cell could begin as a formula."""
    return "\n".join(safe_cell(cell).replace("\r\n", "\n").split("\r"))


def safe_cell(cell: object) -> str:
    """Write a cell such that no spreadsheet runs it; numbers stay as they are."""
    text = "" if cell is None else str(cell)
    return _AS_TEXT + text if text.startswith(_BEGINS_FORMULA) and not _is_number(text) else text


def read_cell(text: str) -> str:
    """Read a cell that `safe_cell` may have written."""
    bare = text.removeprefix(_AS_TEXT)
    return bare if bare != text and bare.startswith(_BEGINS_FORMULA) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
