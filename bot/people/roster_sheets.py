"""Read the sheets of an .xlsx file as rows of text. Pure."""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

NO_WORKBOOK = (
    "The workbook cannot be read; open it, save it again as .xlsx or CSV without a password, and "
    "send that file."
)
_CELL = re.compile(
    rb"<((?:\w+:)?)c((?:\s[^<>]*[^<>/])?)>((?:(?!<(?:\w+:)?c[\s>]).)*?)</\1c>", re.DOTALL
)
"""A cell holds no other: a file in which none is closed would be searched for ever."""
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>[^<]")
_COMPUTED = re.compile(rb"<(?:\w+:)?v\b")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_KIND = re.compile(rb"\bt=[\"'](\w+)[\"']")
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
"""Errors of zipfile for a damaged file, and for one with a password (RuntimeError)."""
NOT_COMPUTED = "#CALC!"
"""Stands in a cell whose formula the file has no value for."""


def read_sheets(content: bytes) -> Mapping[str, Sequence[Sequence[str]]]:
    """Read the visible sheets by name, each row from the first on. Raises ValueError."""
    from python_calamine import (  # only workbooks need it
        CalamineError,
        CalamineWorkbook,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    try:
        with CalamineWorkbook.from_filelike(_with_errors(content)) as workbook:
            names = [
                sheet.name
                for sheet in workbook.sheets_metadata
                if sheet.typ is SheetTypeEnum.WorkSheet
                and sheet.visible is SheetVisibleEnum.Visible
            ]
            return {
                name: _rows(sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or [])
                for name in names
                for sheet in [workbook.get_sheet_by_name(name)]
            }
    except (CalamineError, *DAMAGED) as error:
        raise ValueError(NO_WORKBOOK) from error


def _rows(
    rows: Sequence[Sequence[Any]], merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]
) -> list[list[str]]:
    """Write rows as text; what stands in a cell merged over several rows stands in each."""
    found = [[_text(cell) for cell in row] for row in rows]
    for (top, column), (bottom, _) in merged:
        value = "".join(found[top][column : column + 1]) if top < len(found) else ""
        for row in found[top + 1 : bottom + 1]:
            if value and any(row):
                row[column] = value
    return found


def _with_errors(content: bytes) -> io.BytesIO:
    """Write errors and formulas without a value as text: they would be read as empty cells."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as packed,
        zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as written,
    ):
        for name in packed.namelist():
            data = packed.read(name)
            if name.startswith("xl/worksheets/") and (_FORMULA.search(data) or b"#" in data):
                data = _CELL.sub(_readable, data)
            written.writestr(name, data)
    out.seek(0)
    return out


def _readable(cell: re.Match[bytes]) -> bytes:
    prefix, about, inside = cell.groups()
    kind = _KIND.search(about)
    has_value = _VALUE.search(inside) or (kind and kind[1] == b"str" and _COMPUTED.search(inside))
    if kind and kind[1] == b"e":
        about = about.replace(kind[0], b't="str"')
    elif _FORMULA.search(inside) and not has_value:
        about = (about.replace(kind[0], b"") if kind else about) + b' t="str"'
        inside = b"<%sv>%s</%sv>" % (prefix, NOT_COMPUTED.encode(), prefix)
    else:
        return cell[0]
    return b"<%sc%s>%s</%sc>" % (prefix, about, inside, prefix)


def _text(cell: Any) -> str:
    """Write a cell as people would: whole numbers without a point, dates as 2026-05-04."""
    match cell:
        case bool():
            return "yes" if cell else "no"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime() | date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
    return str(cell)
