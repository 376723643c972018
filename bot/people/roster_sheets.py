"""Read the sheets of an .xlsx file as rows of text. Pure."""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

NO_WORKBOOK = (
    "The workbook cannot be read; open it, save it again as .xlsx or CSV without a password, and "
    "send that file."
)


def read_sheets(content: bytes) -> Mapping[str, Sequence[Sequence[str]]]:
    """Read the visible sheets by name, each row from the first on. Raises ValueError."""
    from python_calamine import (  # only workbooks need it
        CalamineError,
        CalamineWorkbook,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            names = [
                sheet.name
                for sheet in workbook.sheets_metadata
                if sheet.typ is SheetTypeEnum.WorkSheet
                and sheet.visible is SheetVisibleEnum.Visible
            ]
            return {
                name: [
                    [_text(cell) for cell in row]
                    for row in workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
                ]
                for name in names
            }
    except CalamineError as error:
        raise ValueError(NO_WORKBOOK) from error


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
