"""The markdown block as HTML: the part of Markdown that Slack shows.

https://docs.slack.dev/reference/block-kit/blocks/markdown-block
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markupsafe import Markup

from slack_sandbox.page import mrkdwn
from slack_sandbox.page.markup import join, link, safe_image, tag

_FENCE = re.compile(r"^ {0,3}```")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_RULE = re.compile(r"^ {0,3}(?:-{3,}|\*{3,}|_{3,})\s*$")
_ITEM = re.compile(r"^(?P<indent> *)(?:[-*+]|(?P<number>\d{1,9})[.)])\s+(?P<text>.*)$")
_TASK = re.compile(r"^\[([ xX])\]\s+")
_QUOTE = re.compile(r"^ {0,3}> ?")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_INLINE = re.compile(
    r"\\(?P<escaped>[\\`*_{}\[\]()#+\-.!~|>])"
    r"|`(?P<code>[^`\n]+)`"
    r"|!\[(?P<alt>[^\]\n]*)\]\((?P<image>[^()\s]*)\)"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<href>[^()\s]*)\)"
    r"|\*\*(?=\S)(?P<bold>[^\n]{1,1000}?)(?<=\S)\*\*"
    r"|(?<!\w)__(?=\S)(?P<bold2>[^\n]{1,1000}?)(?<=\S)__(?!\w)"
    r"|\*(?=[^\s*])(?P<italic>[^*\n]+)(?<=\S)\*"
    r"|(?<!\w)_(?=[^\s_])(?P<italic2>[^_\n]+)(?<=\S)_(?!\w)"
    r"|~~(?=\S)(?P<strike>[^~\n]+)~~"
    r"|(?P<url>\bhttps?://[^\s<>()`*]+)"
)
_STYLES = {"bold": "strong", "bold2": "strong", "italic": "em", "italic2": "em", "strike": "s"}
_DEEPEST = 6


def render(text: str, depth: int = 0) -> Markup:
    """Return the HTML of a Markdown text; raw HTML in it is shown as typed."""
    return tag("div", {"class": "rich"}, *_blocks(text.split("\n"), depth))


def _blocks(lines: list[str], depth: int) -> Iterator[Markup]:
    index = 0
    while index < len(lines):
        index, block = _block(lines, index, depth)
        if block is not None:
            yield block


def _block(lines: list[str], index: int, depth: int) -> tuple[int, Markup | None]:
    """Return where the next block starts, and this one's HTML."""
    line = lines[index]
    if not line.strip():
        return index + 1, None
    if _FENCE.match(line):
        return _fenced(lines, index)
    if _HEADING.match(line) or _RULE.match(line):
        return index + 1, _heading(line)
    if (_QUOTE.match(line) and depth < _DEEPEST) or _ITEM.match(line):
        return _container(lines, index, depth)
    if "|" in line and index + 1 < len(lines) and _TABLE_RULE.match(lines[index + 1]):
        return _table(lines, index)
    return _paragraph(lines, index)


def _heading(line: str) -> Markup:
    found = _HEADING.match(line)
    if found is None:
        return tag("hr")
    # The page has headings of its own down to the third level.
    return tag("div", {"class": f"h h{min(6, len(found[1]) + 3)}"}, inline(found[2]))


def _container(lines: list[str], index: int, depth: int) -> tuple[int, Markup]:
    if _ITEM.match(lines[index]):
        end = _run(lines, index, _ITEM)
        return end, _list([found for x in lines[index:end] if (found := _ITEM.match(x))], 0)
    end = _run(lines, index, _QUOTE)
    inner = "\n".join(_QUOTE.sub("", quoted) for quoted in lines[index:end])
    return end, tag("blockquote", None, render(inner, depth + 1))


def _run(lines: list[str], index: int, pattern: re.Pattern[str]) -> int:
    while index < len(lines) and pattern.match(lines[index]):
        index += 1
    return index


def _fenced(lines: list[str], index: int) -> tuple[int, Markup]:
    end = index + 1
    while end < len(lines) and not _FENCE.match(lines[end]):
        end += 1
    return end + 1, tag("pre", None, tag("code", None, "\n".join(lines[index + 1 : end])))


def _paragraph(lines: list[str], index: int) -> tuple[int, Markup]:
    end = index + 1
    starts = (_FENCE, _HEADING, _RULE, _QUOTE, _ITEM)
    while end < len(lines) and lines[end].strip():
        if any(pattern.match(lines[end]) for pattern in starts):
            break
        end += 1
    shown = join((inline(line.strip()) for line in lines[index:end]), tag("br"))
    return end, tag("div", {"class": "para"}, shown)


def _list(items: list[re.Match[str]], depth: int) -> Markup:
    """Return a list; items indented deeper than the first go inside the item before them."""
    indent = len(items[0]["indent"])
    rendered: list[Markup] = []
    index = 0
    while index < len(items):
        text = items[index]["text"]
        index += 1
        start = index
        while index < len(items) and len(items[index]["indent"]) > indent and depth < _DEEPEST:
            index += 1
        inside = _list(items[start:index], depth + 1) if index > start else Markup()
        rendered.append(tag("li", None, _task(text), inside))
    number = items[0]["number"]
    if number is None:
        return tag("ul", None, *rendered)
    return tag("ol", {"start": number if number != "1" else None}, *rendered)


def _task(text: str) -> Markup:
    task = _TASK.match(text)
    if task is None:
        return inline(text)
    done = task[1] != " "
    mark = {"role": "img", "aria-label": "done" if done else "open"}
    return tag("span", mark, "☑" if done else "☐") + " " + inline(text[task.end() :])


def _table(lines: list[str], index: int) -> tuple[int, Markup]:
    end = index + 2
    while end < len(lines) and "|" in lines[end] and lines[end].strip():
        end += 1
    head = tag("tr", None, *(tag("th", {"scope": "col"}, cell) for cell in _cells(lines[index])))
    rows = (
        tag("tr", None, *(tag("td", None, cell) for cell in _cells(line)))
        for line in lines[index + 2 : end]
    )
    table = tag("table", None, tag("thead", None, head), tag("tbody", None, *rows))
    attributes = {"class": "table-wrap", "tabindex": "0", "role": "region", "aria-label": "Table"}
    return end, tag("div", attributes, table)


def _cells(line: str) -> list[Markup]:
    return [inline(cell.strip()) for cell in line.strip().strip("|").split("|")]


def inline(text: str, depth: int = 0) -> Markup:
    """Return the HTML of one line of Markdown, without blocks."""
    parts: list[Markup] = []
    position = 0
    for found in _INLINE.finditer(text):
        parts.append(mrkdwn.plain(text[position : found.start()]))
        parts.append(_piece(found, depth))
        position = found.end()
    parts.append(mrkdwn.plain(text[position:]))
    return join(parts)


def _piece(found: re.Match[str], depth: int) -> Markup:
    if found["escaped"] is not None:
        return join([found["escaped"]])
    if found["code"] is not None:
        return tag("code", None, found["code"])
    if found["href"] is not None:
        return link(found["href"], inline(found["label"], depth + 1))
    if found["image"] is not None:
        return _image(found["image"], found["alt"])
    if found["url"] is not None:
        return link(found["url"], found["url"])
    kind = next(name for name in _STYLES if found[name] is not None)
    inner = inline(found[kind], depth + 1) if depth < _DEEPEST else join([found[kind]])
    return tag(_STYLES[kind], None, inner)


def _image(url: str, alt: str) -> Markup:
    address = safe_image(url)
    return link(address, alt or address) if address else join([alt])
