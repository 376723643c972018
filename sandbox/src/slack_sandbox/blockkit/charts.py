"""Tables and charts: docs.slack.dev/reference/block-kit/blocks (table, data table, data
visualization), as the pages stood in the summer of 2026."""

from __future__ import annotations

from typing import Any

from slack_sandbox.blockkit.core import (
    Check,
    Report,
    also,
    by_type,
    flag,
    items,
    number,
    one_of,
    shape,
    string,
    whole,
)
from slack_sandbox.blockkit.parts import BLOCK_ID, KIND, RICH_TEXT

MOST_COLUMNS = 20

_RAW: dict[str, Check] = {
    "raw_text": shape({"type": KIND, "text": string()}),
    "raw_number": shape({"type": KIND, "value": number}, {"text": string(least=0)}),
}
_CELL = by_type({**_RAW, "rich_text": RICH_TEXT}, what="cell type")

TABLE: Check = shape(
    {"type": KIND, "rows": items(items(_CELL, most=MOST_COLUMNS), most=100)},
    {
        "block_id": BLOCK_ID,
        "column_settings": items(
            shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": flag}),
            least=0,
            most=MOST_COLUMNS,
        ),
    },
)


def _rows_are_even(value: Any, report: Report) -> None:
    """Note rows of different lengths, and rich text in the header."""
    rows = value["rows"]
    if len({len(row) for row in rows}) > 1:
        report.note("all rows must have the same number of cells")
    if any(cell.get("type") == "rich_text" for cell in rows[0]):
        report.note("the header row cannot hold rich_text cells")


DATA_TABLE: Check = also(
    shape(
        {
            "type": KIND,
            "caption": string(),
            "rows": items(items(_CELL, most=MOST_COLUMNS), least=2, most=101),
        },
        {
            "block_id": BLOCK_ID,
            "page_size": whole(1, 100),
            "row_header_column_index": whole(0),
        },
    ),
    _rows_are_even,
)


def _positive(value: Any, report: Report) -> None:
    number(value, report)
    if isinstance(value, int | float) and value <= 0:
        report.note("must be greater than 0")


def _labels_are_categories(value: Any, report: Report) -> None:
    """Note points that lie outside the axis, and series that share a name."""
    categories = value["axis_config"]["categories"]
    names = [one["name"] for one in value["series"]]
    if len(set(names)) != len(names):
        report.note("series names must be unique")
    for one in value["series"]:
        if {point["label"] for point in one["data"]} != set(categories):
            report.note("the labels of a series must be the categories of the axis")
            return


_SERIES = shape(
    {
        "name": string(20),
        "data": items(shape({"label": string(20), "value": number}), most=20),
    }
)
_AXIS = shape(
    {"categories": items(string(20), most=20)}, {"x_label": string(50), "y_label": string(50)}
)
_PLOT = also(
    shape({"type": KIND, "series": items(_SERIES, most=6), "axis_config": _AXIS}),
    _labels_are_categories,
)
_PIE = shape(
    {
        "type": KIND,
        "segments": items(shape({"label": string(20), "value": _positive}), most=6),
    }
)

DATA_VISUALIZATION: Check = shape(
    {
        "type": KIND,
        "title": string(50),
        "chart": by_type({"pie": _PIE, "bar": _PLOT, "area": _PLOT, "line": _PLOT}),
    },
    {"block_id": BLOCK_ID},
)
