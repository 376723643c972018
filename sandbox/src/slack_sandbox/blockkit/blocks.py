"""Blocks: docs.slack.dev/reference/block-kit/blocks, and the surfaces on which each may be."""

from __future__ import annotations

from typing import Any

from slack_sandbox.blockkit.charts import DATA_TABLE, DATA_VISUALIZATION, TABLE
from slack_sandbox.blockkit.core import (
    Check,
    Report,
    also,
    anything,
    by_type,
    flag,
    items,
    one_of,
    shape,
    string,
)
from slack_sandbox.blockkit.elements import (
    BUTTONS,
    CONTEXT_ACTIONS,
    IMAGE,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_INPUT,
    IN_SECTION,
)
from slack_sandbox.blockkit.parts import (
    BLOCK_ID,
    KIND,
    RICH_TEXT,
    SLACK_FILE,
    URL,
    has_one,
    plain,
    text,
)

_ID: dict[str, Check] = {"block_id": BLOCK_ID}
_ELEMENT = "element type"

_SECTION = also(
    shape(
        {"type": KIND},
        {
            **_ID,
            "text": text(3000),
            "fields": items(text(2000), most=10),
            "accessory": by_type(IN_SECTION, what=_ELEMENT),
            "expand": flag,
        },
    ),
    has_one("text", "fields"),
)
_IMAGE = also(
    shape(
        {"type": KIND, "alt_text": string(2000)},
        {**_ID, "image_url": URL, "slack_file": SLACK_FILE, "title": plain(2000)},
    ),
    has_one("image_url", "slack_file"),
)
_VIDEO = shape(
    {
        "type": KIND,
        "alt_text": string(),
        "video_url": URL,
        "thumbnail_url": URL,
        "title": plain(199),
    },
    {
        **_ID,
        "title_url": URL,
        "description": plain(200),
        "provider_icon_url": URL,
        "provider_name": string(),
        "author_name": string(49),
    },
)
_CARD = also(
    shape(
        {"type": KIND},
        {
            **_ID,
            "hero_image": by_type(IMAGE),
            "icon": by_type(IMAGE),
            "title": text(150),
            "subtitle": text(150),
            "body": text(200),
            "actions": items(by_type(BUTTONS, what=_ELEMENT)),
        },
    ),
    has_one("hero_image", "title", "actions", "body"),
)
_TASK = shape(
    {
        "type": KIND,
        "task_id": string(),
        "title": string(),
        "status": one_of("pending", "in_progress", "complete", "error"),
    },
    {**_ID, "details": RICH_TEXT, "output": RICH_TEXT, "sources": items(anything)},
)


def _container(value: Any, report: Report) -> None:
    _CONTAINER(value, report)


def _child(value: Any, report: Report) -> None:
    by_type(BLOCKS, what="block type")(value, report)


_CONTAINER = also(
    shape(
        {"type": KIND, "child_blocks": items(_child, most=10)},
        {
            **_ID,
            "title": plain(150),
            "rich_text_title": RICH_TEXT,
            "subtitle": text(150),
            "width": one_of("narrow", "standard", "wide", "full"),
            "icon": by_type(IMAGE),
            "is_collapsible": flag,
            "default_collapsed": flag,
            "has_header_divider": flag,
        },
    ),
    has_one("title", "rich_text_title"),
)

BLOCKS: dict[str, Check] = {
    "section": _SECTION,
    "divider": shape({"type": KIND}, _ID),
    "header": shape({"type": KIND, "text": plain(150)}, _ID),
    "image": _IMAGE,
    "context": shape(
        {"type": KIND, "elements": items(by_type(IN_CONTEXT, what=_ELEMENT), most=10)}, _ID
    ),
    "actions": shape(
        {"type": KIND, "elements": items(by_type(IN_ACTIONS, what=_ELEMENT), most=25)}, _ID
    ),
    "context_actions": shape(
        {"type": KIND, "elements": items(by_type(CONTEXT_ACTIONS, what=_ELEMENT), most=5)}, _ID
    ),
    "input": shape(
        {"type": KIND, "label": plain(2000), "element": by_type(IN_INPUT, what=_ELEMENT)},
        {**_ID, "hint": plain(2000), "optional": flag, "dispatch_action": flag},
    ),
    "markdown": shape({"type": KIND, "text": string(12_000)}, _ID),
    "rich_text": RICH_TEXT,
    "file": shape({"type": KIND, "external_id": string(), "source": one_of("remote")}, _ID),
    "call": shape(
        {"type": KIND, "call_id": string()},
        {**_ID, "api_decoration_available": flag, "call": anything},
    ),
    "video": _VIDEO,
    "table": TABLE,
    "data_table": DATA_TABLE,
    "data_visualization": DATA_VISUALIZATION,
    "alert": shape(
        {"type": KIND, "text": text()},
        {**_ID, "level": one_of("default", "info", "warning", "error", "success")},
    ),
    "card": _CARD,
    "carousel": shape({"type": KIND, "elements": items(by_type({"card": _CARD}), most=10)}, _ID),
    "container": _container,
    "task_card": _TASK,
    "plan": shape(
        {"type": KIND, "title": string()},
        {**_ID, "tasks": items(by_type({"task_card": _TASK}))},
    ),
}

_MODAL_ONLY = frozenset({"alert"})
_MESSAGE_ONLY = frozenset(
    {
        "context_actions",
        "data_table",
        "data_visualization",
        "file",
        "markdown",
        "plan",
        "table",
        "task_card",
    }
)
IN_MESSAGES = {kind: check for kind, check in BLOCKS.items() if kind not in _MODAL_ONLY}
IN_MODALS = {kind: check for kind, check in BLOCKS.items() if kind not in _MESSAGE_ONLY}
IN_HOMES = {kind: check for kind, check in IN_MODALS.items() if kind not in _MODAL_ONLY}
