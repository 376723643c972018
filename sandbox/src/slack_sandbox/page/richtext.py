"""Rich text blocks as HTML.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from slack_sandbox.page import mrkdwn
from slack_sandbox.page.dates import date_template
from slack_sandbox.page.directory import Directory
from slack_sandbox.page.markup import join, link, tag
from slack_sandbox.page.shape import as_list, as_text

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_STYLE_TAGS = {"code": "code", "strike": "s", "italic": "em", "bold": "strong", "underline": "u"}
_DEEPEST = 8


def render(block: Mapping[str, Any], names: Directory) -> Markup:
    """Return the HTML of a rich_text block; unknown elements are left out."""
    return tag("div", {"class": "rich"}, *_elements(as_list(block.get("elements")), names))


def _elements(elements: Sequence[Mapping[str, Any]], names: Directory) -> list[Markup]:
    """Render the top level; neighbouring lists nest by their indent."""
    parts: list[Markup] = []
    lists: list[Mapping[str, Any]] = []
    for element in elements:
        if element.get("type") == "rich_text_list":
            lists.append(element)
            continue
        parts.extend(_nested(lists, names))
        lists = []
        parts.append(_container(element, names))
    parts.extend(_nested(lists, names))
    return parts


def _container(element: Mapping[str, Any], names: Directory) -> Markup:
    inner = as_list(element.get("elements"))
    kind = element.get("type")
    if kind == "rich_text_preformatted":
        return tag("pre", None, tag("code", None, *_inline(inner, names, breaks=False)))
    if kind == "rich_text_quote":
        return tag("blockquote", None, *_inline(inner, names))
    if kind == "rich_text_section":
        return tag("div", {"class": "para"}, *_inline(inner, names))
    return Markup()


def _nested(lists: Sequence[Mapping[str, Any]], names: Directory, depth: int = 0) -> list[Markup]:
    """Return the lists of one depth; those indented deeper go into the item before them."""
    parts: list[Markup] = []
    index = 0
    while index < len(lists):
        current = lists[index]
        index += 1
        deeper: list[Mapping[str, Any]] = []
        while index < len(lists) and _indent(lists[index]) > _indent(current):
            deeper.append(lists[index])
            index += 1
        children = _nested(deeper, names, depth + 1) if depth < _DEEPEST else []
        parts.append(_list(current, names, join(children)))
    return parts


def _list(element: Mapping[str, Any], names: Directory, inside: Markup) -> Markup:
    sections = as_list(element.get("elements"))
    items = [_inline(as_list(section.get("elements")), names) for section in sections]
    rendered = [tag("li", None, *item) for item in items[:-1]]
    rendered.append(tag("li", None, *(items[-1] if items else []), inside))
    if element.get("style") != "ordered":
        return tag("ul", None, *rendered)
    offset = element.get("offset")
    start = offset + 1 if isinstance(offset, int) and offset > 0 else None
    return tag("ol", {"start": start}, *rendered)


def _indent(element: Mapping[str, Any]) -> int:
    indent = element.get("indent")
    return indent if isinstance(indent, int) else 0


def _inline(
    elements: Sequence[Mapping[str, Any]], names: Directory, *, breaks: bool = True
) -> list[Markup]:
    return [_styled(element, names, breaks=breaks) for element in elements]


def _styled(element: Mapping[str, Any], names: Directory, *, breaks: bool) -> Markup:
    inner = _piece(element, names, breaks=breaks)
    style = element.get("style")
    for name, html_tag in _STYLE_TAGS.items():
        if isinstance(style, Mapping) and style.get(name) is True:
            inner = tag(html_tag, None, inner)
    return inner


def _piece(element: Mapping[str, Any], names: Directory, *, breaks: bool) -> Markup:
    kind = element.get("type")
    if kind == "text":
        text = as_text(element.get("text"))
        return join(text.split("\n"), tag("br")) if breaks else join([text])
    if kind == "link":
        url = as_text(element.get("url"))
        return link(url, as_text(element.get("text")) or url)
    if kind == "emoji":
        return mrkdwn.emoji_image(as_text(element.get("name")))
    if kind == "date":
        return _date(element, names)
    if kind == "color":
        return _colour(as_text(element.get("value")))
    return _mention(element, names)


def _mention(element: Mapping[str, Any], names: Directory) -> Markup:
    kind = element.get("type")
    if kind == "user":
        return mrkdwn.user_mention(as_text(element.get("user_id")), "", names)
    if kind == "channel":
        return mrkdwn.channel_mention(as_text(element.get("channel_id")), "", names)
    if kind == "usergroup":
        return mrkdwn.group_mention(as_text(element.get("usergroup_id")), "", names)
    if kind == "broadcast":
        return mrkdwn.broadcast(as_text(element.get("range")), "", names)
    if kind == "team":
        return tag("span", {"class": "mention"}, as_text(element.get("team_id")))
    return Markup()


def _date(element: Mapping[str, Any], names: Directory) -> Markup:
    seconds, template = element.get("timestamp"), as_text(element.get("format"))
    shown = None
    if isinstance(seconds, int):
        shown = date_template(template, seconds, names)
    stamp = tag("time", {"class": "stamp"}, shown or as_text(element.get("fallback")) or template)
    url = as_text(element.get("url"))
    return link(url, stamp) if url else stamp


def _colour(value: str) -> Markup:
    if not _COLOUR.fullmatch(value):
        return join([value])
    attributes = {"class": "swatch", "viewBox": "0 0 10 10", "aria-hidden": "true"}
    square = tag("svg", attributes, tag("rect", {"width": 10, "height": 10, "fill": value}))
    return square + value
