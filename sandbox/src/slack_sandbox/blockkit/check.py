"""Block Kit as Slack checks it: whole messages and whole views."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from slack_sandbox.blockkit.blocks import IN_HOMES, IN_MESSAGES, IN_MODALS
from slack_sandbox.blockkit.core import Check, Report, by_type, flag, items, one_of, shape, string
from slack_sandbox.blockkit.parts import KIND, plain
from slack_sandbox.problems import ApiError
from slack_sandbox.records import Json

MOST_BLOCKS_IN_MESSAGE = 50
MOST_BLOCKS_IN_VIEW = 100
MOST_MARKDOWN = 12_000
MOST_CHARTS = 2
MOST_IN_CELLS = 10_000
# Of all of a message's blocks together, tables aside. No page of the reference gives a figure;
# others have measured about 13,200 (github.com/slackapi/bolt-js/issues/2509).
MOST_WRITTEN = 13_000
MOST_VIEW_BYTES = 250_000

_MESSAGE = items(by_type(IN_MESSAGES, what="block type"), least=0, most=MOST_BLOCKS_IN_MESSAGE)
_COMMON: dict[str, Check] = {
    "private_metadata": string(3000, least=0),
    "callback_id": string(255, least=0),
    "external_id": string(255, least=0),
}
_MODAL = shape(
    {
        "type": one_of("modal"),
        "title": plain(24),
        "blocks": items(by_type(IN_MODALS, what="block type"), least=0, most=MOST_BLOCKS_IN_VIEW),
    },
    {
        **_COMMON,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": flag,
        "notify_on_close": flag,
        "submit_disabled": flag,
    },
)
_HOME = shape(
    {
        "type": KIND,
        "blocks": items(by_type(IN_HOMES, what="block type"), least=0, most=MOST_BLOCKS_IN_VIEW),
    },
    _COMMON,
)


def check_message(blocks: Any) -> None:
    """Raise ``invalid_blocks``, with the JSON pointer of each fault, if Slack would refuse."""
    if not isinstance(blocks, list) or not all(isinstance(one, dict) for one in blocks):
        raise ApiError("invalid_blocks_format")
    report = Report("blocks")
    _MESSAGE(blocks, report)
    if not report.faults:
        _check_together(blocks, report)
        _check_counts(blocks, report)
    if report.faults:
        raise ApiError("invalid_blocks", messages=report.faults)
    if sum(_written(one) for one in blocks if "rows" not in one) > MOST_WRITTEN:
        raise ApiError("msg_blocks_too_long")


def check_view(view: Any) -> None:
    """Raise ``invalid_arguments``, with the JSON pointer of each fault, if Slack would refuse."""
    report = Report("view")
    if not isinstance(view, dict):
        report.note("must provide an object")
    elif view.get("type") not in ("modal", "home"):
        report.inside("type", one_of("modal", "home"), view.get("type"))
    else:
        (_MODAL if view["type"] == "modal" else _HOME)(view, report)
        if not report.faults:
            _check_view_together(view, report)
    if report.faults:
        raise ApiError("invalid_arguments", messages=report.faults)
    if len(json.dumps(view)) > MOST_VIEW_BYTES:
        raise ApiError("view_too_large")


def _check_view_together(view: Json, report: Report) -> None:
    blocks = view["blocks"]
    has_input = any(one["type"] == "input" for one in blocks)
    if view["type"] == "modal" and has_input and not view.get("submit"):
        report.note("missing required field: submit")
    report.inside("blocks", _check_together, blocks)


def _check_together(blocks: Any, report: Report) -> None:
    """Note ids that come twice and more than one focus; each block is well-formed by now."""
    seen: set[str | None] = set()
    focused = 0
    for place, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id and block_id in seen:
            report.inside(place, _duplicate("block_id"), block_id)
        seen.add(block_id)
        action_ids: set[str | None] = set()
        for element in _elements(block):
            action_id = element.get("action_id")
            if action_id and action_id in action_ids:
                report.inside(place, _duplicate("action_id"), action_id)
            action_ids.add(action_id)
            focused += bool(element.get("focus_on_load"))
    if focused > 1:
        report.note("only one element can have focus_on_load set to true")


def _check_counts(blocks: Sequence[Json], report: Report) -> None:
    kinds = [one["type"] for one in blocks]
    if kinds.count("data_visualization") > MOST_CHARTS:
        report.note(f"no more than {MOST_CHARTS} data_visualization blocks allowed")
    if kinds.count("table") > 1:
        report.note("only_one_table_allowed")
    written = sum(len(one["text"]) for one in blocks if one["type"] == "markdown")
    if written > MOST_MARKDOWN:
        report.note(f"markdown blocks must be less than {MOST_MARKDOWN + 1} characters in all")
    tables = [one["rows"] for one in blocks if one["type"] in ("table", "data_table")]
    if sum(_written(cell) for rows in tables for row in rows for cell in row) > MOST_IN_CELLS:
        report.note(f"table cells must be less than {MOST_IN_CELLS + 1} characters in all")


def _written(cell: Any) -> int:
    """Return how many characters a block or a cell holds, rich text included."""
    if isinstance(cell, dict):
        number = cell.get("value") if cell.get("type") == "raw_number" else None
        return len(str(number or "")) + sum(
            len(value) if name == "text" and isinstance(value, str) else _written(value)
            for name, value in cell.items()
        )
    return sum(_written(one) for one in cell) if isinstance(cell, list) else 0


def _elements(block: Json) -> Iterator[Json]:
    for name in ("elements", "actions"):
        if isinstance(block.get(name), list):
            yield from block[name]
    for name in ("element", "accessory"):
        if isinstance(block.get(name), dict):
            yield block[name]


def _duplicate(name: str) -> Check:
    def check(value: Any, report: Report) -> None:
        report.note(f"`{name}` {json.dumps(value)} already exists")

    return check
