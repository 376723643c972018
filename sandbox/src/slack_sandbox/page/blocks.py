"""Block Kit as HTML: pure, and safe with whatever an app sends.

Blocks: https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from markupsafe import Markup

from slack_sandbox.page import charts, elements, markdown, mrkdwn, richtext, tables
from slack_sandbox.page.markup import join, link, safe_image, tag
from slack_sandbox.page.shape import as_list, as_map, as_text, text_of
from slack_sandbox.page.surface import Spot, Surface, text_object

Block = Mapping[str, Any]
_LEVELS = frozenset({"default", "info", "warning", "error", "success"})
_DEEPEST = 3


def render(blocks: Iterable[Block], surface: Surface, depth: int = 0) -> Markup:
    """Return the HTML of a list of blocks; an unknown one is named, a broken one left empty."""
    rendered = []
    for number, block in enumerate(blocks):
        block_id = as_text(block.get("block_id")) or f"{number}"
        rendered.append(_one(block, surface, block_id, f"{surface.prefix}-{depth}-{number}", depth))
    return join(rendered)


def _one(block: Block, surface: Surface, block_id: str, dom_id: str, depth: int) -> Markup:
    kind = as_text(block.get("type"))
    renderer = _RENDERERS.get(kind)
    spot = Spot(surface=surface, block_id=block_id, id=dom_id)
    if kind in ("container", "carousel") and depth < _DEEPEST:
        inner = _nested(block, surface, dom_id, depth)
    elif renderer is None:
        inner = tag("p", {"class": "unknown"}, f"A block of type “{kind}” is not shown here.")
    else:
        inner = renderer(block, spot)
    attributes = {
        "class": f"block block-{kind if renderer else 'other'}",
        "data-block-id": block_id,
        "data-key": block_id,
        "data-hash": fingerprint(block),
    }
    return tag("div", attributes, inner)


def fingerprint(shown: object) -> str:
    """Return a short text that changes when what is shown changes."""
    written = json.dumps(shown, sort_keys=True, default=str).encode()
    return hashlib.blake2b(written, digest_size=8).hexdigest()


def _element(element: Block, spot: Spot, number: int, label: str = "") -> Markup:
    inner = Spot(
        surface=spot.surface, block_id=spot.block_id, id=f"{spot.id}-{number}", label=label
    )
    return elements.render(element, inner)


def _section(block: Block, spot: Spot) -> Markup:
    parts = []
    if block.get("text"):
        text = text_object(block["text"], spot.names)
        parts.append(tag("div", {"class": "section-text"}, text))
    fields = [
        tag("div", {"class": "field"}, text_object(field, spot.names))
        for field in as_list(block.get("fields"))
    ]
    if fields:
        parts.append(tag("div", {"class": "fields"}, *fields))
    body = tag("div", {"class": "section-body"}, *parts)
    accessory = as_map(block.get("accessory"))
    if not accessory:
        return body
    kind = "section-accessory" if accessory.get("type") != "image" else "section-image"
    return body + tag("div", {"class": kind}, _element(accessory, spot, 0))


def _actions(block: Block, spot: Spot) -> Markup:
    found = as_list(block.get("elements"))
    return join(_element(element, spot, number) for number, element in enumerate(found))


def _context(block: Block, spot: Spot) -> Markup:
    parts = []
    for element in as_list(block.get("elements")):
        if element.get("type") == "image":
            parts.append(elements.image(element))
        else:
            parts.append(tag("span", None, text_object(element, spot.names, inline=True)))
    return join(parts)


def _header(block: Block, spot: Spot) -> Markup:
    return tag("h3", None, text_object(block.get("text"), spot.names, inline=True))


def _divider(_block: Block, _spot: Spot) -> Markup:
    return tag("hr")


def _image(block: Block, spot: Spot) -> Markup:
    title = text_object(block.get("title"), spot.names, inline=True)
    caption = tag("figcaption", None, title) if title else Markup()
    address = safe_image(block.get("image_url"))
    alt = as_text(block.get("alt_text"))
    if address is None:
        file_id = as_text(as_map(block.get("slack_file")).get("id"))
        address = f"/files/{file_id}" if file_id.isalnum() else None
    if address is None:
        return tag("figure", None, caption, tag("span", {"class": "image-missing"}, alt))
    picture = tag("img", {"class": "picture", "src": address, "alt": alt, "loading": "lazy"})
    return tag("figure", None, caption, picture)


def _input(block: Block, spot: Spot) -> Markup:
    element = as_map(block.get("element"))
    label = text_of(block.get("label"))
    hint = text_object(block.get("hint"), spot.names)
    described = f"{spot.id}-hint {spot.id}-error" if hint else f"{spot.id}-error"
    optional = block.get("optional") is True
    inner = Spot(
        surface=spot.surface,
        block_id=spot.block_id,
        id=f"{spot.id}-0",
        label=label or "Input",
        acts=block.get("dispatch_action") is True,
        required=not optional,
        described_by=described,
    )
    note = tag("span", {"class": "optional"}, " (optional)") if optional else Markup()
    shown = text_object(block.get("label"), spot.names, inline=True) + note
    names_itself = _is_group(element)
    heading = tag("div" if names_itself else "label", _label_attributes(inner, names_itself), shown)
    parts = [heading, elements.render(element, inner)]
    if hint:
        parts.append(tag("div", {"class": "hint", "id": f"{spot.id}-hint"}, hint))
    # The place of the error is always there, so that a screen reader hears it arrive.
    problem = {"class": "field-error", "id": f"{spot.id}-error", "data-error-for": spot.block_id}
    parts.append(tag("div", problem))
    return join(parts)


def _is_group(element: Block) -> bool:
    kind = as_text(element.get("type"))
    return kind in ("checkboxes", "radio_buttons") or kind.startswith("multi_")


def _label_attributes(inner: Spot, names_itself: bool) -> dict[str, object]:
    # A group carries its name in its legend; the visible one would be read twice.
    if names_itself:
        return {"class": "label", "aria-hidden": "true"}
    return {"class": "label", "for": inner.id}


def _rich_text(block: Block, spot: Spot) -> Markup:
    return richtext.render(block, spot.names)


def _markdown(block: Block, _spot: Spot) -> Markup:
    return markdown.render(as_text(block.get("text")))


def _table(block: Block, spot: Spot) -> Markup:
    return tables.render_table(block, spot.names)


def _data_table(block: Block, spot: Spot) -> Markup:
    return tables.render_data_table(block, spot.names)


def _chart(block: Block, _spot: Spot) -> Markup:
    return charts.render(block)


def _alert(block: Block, spot: Spot) -> Markup:
    level = as_text(block.get("level"))
    level = level if level in _LEVELS else "default"
    word = "" if level == "default" else f"{level.capitalize()}: "
    return tag(
        "div",
        {"class": f"alert alert-{level}"},
        tag("span", {"class": "visually-hidden"}, word),
        text_object(block.get("text"), spot.names),
    )


def _card(block: Block, spot: Spot) -> Markup:
    hero, icon = as_map(block.get("hero_image")), as_map(block.get("icon"))
    parts = [tag("div", {"class": "card-hero"}, elements.image(hero))] if hero else []
    heads = [
        tag("div", {"class": f"card-{part}"}, text_object(block[part], spot.names))
        for part in ("title", "subtitle")
        if block.get(part)
    ]
    top = [elements.image(icon)] if icon else []
    parts.append(tag("div", {"class": "card-head"}, *top, tag("div", None, *heads)))
    if block.get("body"):
        parts.append(tag("div", {"class": "card-body"}, text_object(block["body"], spot.names)))
    buttons = [_element(x, spot, n) for n, x in enumerate(as_list(block.get("actions")))]
    if buttons:
        parts.append(tag("div", {"class": "card-actions"}, *buttons))
    return tag("div", {"class": "card"}, *parts)


def _nested(block: Block, surface: Surface, dom_id: str, depth: int) -> Markup:
    """Return a container or a carousel with the blocks in it."""
    deeper = Surface(
        kind=surface.kind,
        names=surface.names,
        prefix=dom_id,
        state=surface.state,
    )
    if block.get("type") == "carousel":
        cards = render(as_list(block.get("elements")), deeper, depth + 1)
        region = {"role": "region", "aria-label": "Cards", "tabindex": "0", "class": "carousel"}
        return tag("div", region, cards)
    inside = render(as_list(block.get("child_blocks")), deeper, depth + 1)
    title = _container_title(block, surface)
    if block.get("is_collapsible") is True:
        is_open = block.get("default_collapsed") is not True
        summary = tag("summary", {"class": "container-head"}, title or "Details")
        return tag("details", {"class": "container", "open": is_open}, summary, inside)
    head = tag("div", {"class": "container-head"}, title) if title else Markup()
    return tag("div", {"class": "container"}, head, inside)


def _container_title(block: Block, surface: Surface) -> Markup:
    rich = as_map(block.get("rich_text_title"))
    title = (
        richtext.render(rich, surface.names)
        if rich
        else text_object(block.get("title"), surface.names, inline=True)
    )
    subtitle = text_object(block.get("subtitle"), surface.names, inline=True)
    return title + (tag("span", {"class": "subtitle"}, subtitle) if subtitle else "")


def _video(block: Block, spot: Spot) -> Markup:
    title = text_object(block.get("title"), spot.names, inline=True)
    url = block.get("title_url") or block.get("video_url")
    picture = elements.image(
        {"image_url": block.get("thumbnail_url"), "alt_text": block.get("alt_text")}
    )
    said = tag("div", {"class": "para"}, text_object(block.get("description"), spot.names))
    return tag("div", {"class": "card"}, link(url, title), picture, said)


def _file(block: Block, _spot: Spot) -> Markup:
    return tag("p", {"class": "file"}, f"File {as_text(block.get('external_id'))}")


def _task_card(block: Block, spot: Spot) -> Markup:
    status = as_text(block.get("status")).replace("_", " ")
    head = tag("div", {"class": "card-title"}, text_of(block.get("title")), " · ", status)
    parts = [
        richtext.render(as_map(block[part]), spot.names)
        for part in ("details", "output")
        if block.get(part)
    ]
    return tag("div", {"class": "card"}, head, *parts)


def _plan(block: Block, spot: Spot) -> Markup:
    tasks = [_task_card(task, spot) for task in as_list(block.get("tasks"))]
    title = mrkdwn.plain(text_of(block.get("title")))
    return tag(
        "div", {"class": "container"}, tag("div", {"class": "container-head"}, title), *tasks
    )


_RENDERERS: dict[str, Callable[[Block, Spot], Markup]] = {
    "section": _section,
    "actions": _actions,
    "context": _context,
    "context_actions": _actions,
    "header": _header,
    "divider": _divider,
    "image": _image,
    "input": _input,
    "rich_text": _rich_text,
    "markdown": _markdown,
    "table": _table,
    "data_table": _data_table,
    "data_visualization": _chart,
    "alert": _alert,
    "card": _card,
    "video": _video,
    "file": _file,
    "task_card": _task_card,
    "plan": _plan,
}
