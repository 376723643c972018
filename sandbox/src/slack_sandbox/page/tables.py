"""The table and data_table blocks as HTML tables.

https://docs.slack.dev/reference/block-kit/blocks/table-block
https://docs.slack.dev/reference/block-kit/blocks/data-table-block
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from slack_sandbox.page import mrkdwn, richtext
from slack_sandbox.page.directory import Directory
from slack_sandbox.page.markup import tag
from slack_sandbox.page.shape import as_map, as_number, as_text, text_of

Block = Mapping[str, Any]
_ALIGNMENTS = frozenset({"left", "center", "right"})
_DEFAULT_PAGE_SIZE = 5


def render_table(block: Block, names: Directory) -> Markup:
    """Return a table block; its first row heads the columns."""
    rows = _rows(block)
    settings = _settings(block)
    head = [_cell(cell, names, index, settings, scope="col") for index, cell in _first(rows)]
    body = [
        tag("tr", None, *(_cell(cell, names, i, settings) for i, cell in enumerate(row)))
        for row in rows[1:]
    ]
    table = tag(
        "table",
        None,
        tag("thead", None, tag("tr", None, *head)),
        tag("tbody", None, *body),
    )
    return _scrolling("Table", table)


def render_data_table(block: Block, names: Directory) -> Markup:
    """Return a data_table; scripts page it by ``data-page-size`` and sort it by its heads."""
    rows = _rows(block)
    caption = text_of(block.get("caption"))
    heading_column = block.get("row_header_column_index", 0)
    head = [_sortable(cell, names, index) for index, cell in _first(rows)]
    body = [tag("tr", None, *_data_cells(row, names, heading_column)) for row in rows[1:]]
    size = block.get("page_size")
    attributes = {
        "class": "data-table",
        "data-page-size": size if isinstance(size, int) and size > 0 else _DEFAULT_PAGE_SIZE,
    }
    table = tag(
        "table",
        attributes,
        tag("caption", None, mrkdwn.plain(caption)),
        tag("thead", None, tag("tr", None, *head)),
        tag("tbody", None, *body),
    )
    return _scrolling(caption or "Table", table)


def _scrolling(name: str, table: Markup) -> Markup:
    region = {"class": "table-wrap", "role": "region", "aria-label": name, "tabindex": "0"}
    return tag("div", region, table)


def _rows(block: Block) -> list[list[Any]]:
    rows = block.get("rows")
    return [row for row in rows if isinstance(row, list)] if isinstance(rows, list) else []


def _first(rows: Sequence[Sequence[Any]]) -> list[tuple[int, Any]]:
    return list(enumerate(rows[0])) if rows else []


def _settings(block: Block) -> list[Mapping[str, Any]]:
    settings = block.get("column_settings")
    return [as_map(item) for item in settings] if isinstance(settings, list) else []


def _cell(
    cell: object,
    names: Directory,
    index: int,
    settings: Sequence[Mapping[str, Any]],
    *,
    scope: str | None = None,
) -> Markup:
    setting = settings[index] if index < len(settings) else {}
    align = as_text(setting.get("align"))
    classes = [f"align-{align}"] if align in _ALIGNMENTS else []
    classes += ["wrapped"] if setting.get("is_wrapped") is True else []
    attributes = {"class": " ".join(classes) or None, "scope": scope}
    return tag("th" if scope else "td", attributes, _content(cell, names))


def _sortable(cell: object, names: Directory, index: int) -> Markup:
    button = {"type": "button", "class": "sort", "data-column": index}
    return tag("th", {"scope": "col"}, tag("button", button, _content(cell, names)))


def _data_cells(row: Sequence[object], names: Directory, heading_column: object) -> list[Markup]:
    cells = []
    for index, cell in enumerate(row):
        number = as_number(as_map(cell).get("value"))
        attributes = {"data-sort": number, "class": "align-right" if number is not None else None}
        if index == heading_column:
            cells.append(tag("th", {"scope": "row", **attributes}, _content(cell, names)))
        else:
            cells.append(tag("td", attributes, _content(cell, names)))
    return cells


def _content(cell: object, names: Directory) -> Markup:
    found = as_map(cell)
    if found.get("type") == "rich_text":
        return richtext.render(found, names)
    if found.get("type") == "raw_number":
        shown = as_text(found.get("text")) or as_text(found.get("value"))
        return mrkdwn.plain(shown, emoji_shown=False)
    return mrkdwn.plain(text_of(found))
