"""Buttons, menus and the things to tick, as HTML.

Elements: https://docs.slack.dev/reference/block-kit/block-elements
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any

from markupsafe import Markup

from slack_sandbox.page import fields
from slack_sandbox.page.choices import Choice, chosen, offered
from slack_sandbox.page.markup import join, safe_image, safe_link, tag
from slack_sandbox.page.shape import as_list, as_map, as_text, text_of
from slack_sandbox.page.surface import Spot, field_name, hooks, text_object

Element = Mapping[str, Any]
_STYLES = {"primary": "btn-primary", "danger": "btn-danger"}
# From here on a list of things to tick gets a field that filters it.
_FILTER_FROM = 9


def render(element: Element, spot: Spot) -> Markup:
    """Return the HTML of an element; one that is not known is named instead."""
    kind = as_text(element.get("type"))
    renderer = _RENDERERS.get(kind)
    if renderer is None:
        return tag("span", {"class": "unknown"}, f"({kind or 'an element'} is not shown here)")
    return renderer(element, spot) + _confirmation(element, spot)


def _confirmation(element: Element, spot: Spot) -> Markup:
    """Return what the page asks before it sends the action, for scripts to show."""
    confirm = as_map(element.get("confirm"))
    if not confirm:
        return Markup()
    style = "btn-danger" if confirm.get("style") == "danger" else "btn-primary"
    return tag(
        "template",
        {"data-confirm-for": spot.id, "data-style": style},
        tag("h2", None, text_object(confirm.get("title"), spot.names, inline=True)),
        tag("div", {"class": "confirm-text"}, text_object(confirm.get("text"), spot.names)),
        tag("span", {"data-part": "deny"}, text_of(confirm.get("deny")) or "Cancel"),
        tag("span", {"data-part": "confirm"}, text_of(confirm.get("confirm")) or "Yes"),
    )


def _button(element: Element, spot: Spot) -> Markup:
    url = safe_link(element.get("url"))
    attributes = {
        **hooks(element, spot),
        "id": spot.id,
        "class": f"btn {_STYLES.get(as_text(element.get('style')), '')}".strip(),
        "data-value": as_text(element.get("value")),
        "aria-label": as_text(element.get("accessibility_label")) or None,
    }
    label = text_object(element.get("text"), spot.names, inline=True)
    if url is None:
        return tag("button", {"type": "button", **attributes}, label)
    elsewhere = {"href": url, "target": "_blank", "rel": "noopener noreferrer nofollow"}
    return tag("a", {**attributes, **elsewhere}, label, _hidden(" (opens a new tab)"))


def _hidden(text: str) -> Markup:
    return tag("span", {"class": "visually-hidden"}, text)


def _icon_button(element: Element, spot: Spot) -> Markup:
    seen_by = element.get("visible_to_user_ids")
    if isinstance(seen_by, list) and seen_by and spot.names.viewer not in seen_by:
        return Markup()
    return _button({**element, "style": None}, spot)


def _feedback(element: Element, spot: Spot) -> Markup:
    buttons = []
    for number, (part, mark) in enumerate((("positive_button", "👍"), ("negative_button", "👎"))):
        inner = as_map(element.get(part))
        attributes = {
            **hooks(element, spot),
            "id": f"{spot.id}-{number}",
            "type": "button",
            "class": "btn",
            "data-value": as_text(inner.get("value")),
            "aria-label": as_text(inner.get("accessibility_label")) or None,
        }
        icon = tag("span", {"aria-hidden": "true"}, mark)
        label = text_object(inner.get("text"), spot.names, inline=True)
        buttons.append(tag("button", attributes, icon, " ", label))
    return join(buttons)


def _workflow_button(element: Element, spot: Spot) -> Markup:
    label = text_object(element.get("text"), spot.names, inline=True)
    reason = "Workflows do not run in the sandbox"
    return tag(
        "button", {"type": "button", "class": "btn", "disabled": True, "title": reason}, label
    )


def _overflow(element: Element, spot: Spot) -> Markup:
    items = []
    for number, option in enumerate(as_list(element.get("options"))):
        attributes = {
            **hooks(element, spot),
            "id": f"{spot.id}-{number}",
            "type": "button",
            "class": "menu-item",
            "data-value": as_text(option.get("value")),
        }
        items.append(tag("button", attributes, text_object(option.get("text"), spot.names)))
    summary = tag("summary", {"aria-label": "More actions", "class": "btn btn-icon"}, "⋯")
    menu = tag("div", {"class": "menu-list"}, *items)
    return tag("details", {"class": "menu", "id": spot.id}, summary, menu)


def _select(element: Element, spot: Spot) -> Markup:
    placeholder = text_of(element.get("placeholder"))
    now = chosen(element, spot)[:1]
    empty = tag("option", {"value": "", "selected": not now}, placeholder or "Choose an option")
    attributes = {
        **hooks(element, spot),
        **fields.description(spot),
        "id": spot.id,
        "name": field_name(spot.block_id, as_text(element.get("action_id"))),
        "aria-label": None if spot.label else placeholder or "Choose an option",
        "data-autofocus": element.get("focus_on_load") is True,
    }
    return tag("select", attributes, empty, *_menu(offered(element, spot), now))


def _menu(choices: Iterable[Choice], now: list[str]) -> list[Markup]:
    parts = []
    for group, members in groupby(choices, key=lambda choice: choice.group):
        options = [
            tag("option", {"value": choice.value, "selected": choice.value in now}, choice.text)
            for choice in members
        ]
        parts.append(tag("optgroup", {"label": group}, *options) if group else join(options))
    return parts


def _external(element: Element, spot: Spot) -> Markup:
    """Return a menu whose options the app gives while the person types."""
    length = element.get("min_query_length")
    search = {
        "type": "search",
        "class": "suggest-query",
        "autocomplete": "off",
        "aria-label": f"Search: {spot.label or 'options'}",
        "placeholder": text_of(element.get("placeholder")) or "Search",
        "data-suggests": spot.id,
        "data-min": length if isinstance(length, int) else 3,
    }
    multiple = as_text(element.get("type")).startswith("multi_")
    held = {**element, "options": _held_options(element, spot)}
    inner = _many(held, spot) if multiple else _select(held, spot)
    return tag("div", {"class": "suggest"}, tag("input", search), inner)


def _held_options(element: Element, spot: Spot) -> list[Any]:
    block_state = as_map(spot.surface.state.get(spot.block_id))
    held = as_map(block_state.get(as_text(element.get("action_id"))))
    found = [held.get("selected_option"), element.get("initial_option")]
    for options in (held.get("selected_options"), element.get("initial_options")):
        found.extend(options if isinstance(options, list) else [])
    unique = {as_text(as_map(item).get("value")): item for item in found if item}
    return list(unique.values())


def _many(element: Element, spot: Spot) -> Markup:
    """Return a menu of which several can be chosen: a list of boxes to tick."""
    choices = offered(element, spot)
    now = chosen(element, spot)
    boxes = [
        _box(element, spot, "checkbox", value=x.value, text=x.text, checked=x.value in now)
        for x in choices
    ]
    name = spot.label or text_of(element.get("placeholder")) or "Choose"
    parts: list[Markup] = []
    if len(boxes) >= _FILTER_FROM:
        filtering = {"type": "search", "class": "picker-filter", "aria-label": f"Filter: {name}"}
        parts.append(tag("input", {**filtering, "placeholder": "Filter", "autocomplete": "off"}))
    limit = element.get("max_selected_items")
    ruled = {"data-max": limit if isinstance(limit, int) else None}
    region = {"class": "picker-list", "id": f"{spot.id}-list"}
    parts.append(tag("div", region, *boxes))
    return _group(element, spot, name, parts, extra={**ruled, "class": "picker"})


def _ticks(kind: str) -> Callable[[Element, Spot], Markup]:
    """Return the renderer of checkboxes or of radio buttons."""

    def render_ticks(element: Element, spot: Spot) -> Markup:
        now = chosen(element, spot)
        boxes = []
        for option in as_list(element.get("options")):
            value = as_text(option.get("value"))
            text = text_object(option.get("text"), spot.names, inline=True)
            described = text_object(option.get("description"), spot.names, inline=True)
            note = tag("span", {"class": "option-note"}, described) if described else Markup()
            boxes.append(
                _box(element, spot, kind, value=value, text=text + note, checked=value in now)
            )
        return _group(element, spot, spot.label or "Options", boxes, extra={"class": "ticks"})

    return render_ticks


def _box(
    element: Element, spot: Spot, kind: str, *, value: str, text: str, checked: bool
) -> Markup:
    attributes = {
        "type": kind,
        "name": field_name(spot.block_id, as_text(element.get("action_id"))),
        "value": value,
        "checked": checked,
    }
    # Outside of a form, radio buttons of several messages would be one group.
    if spot.surface.kind != "modal":
        attributes["name"] = f"{spot.surface.prefix}{attributes['name']}"
    return tag("label", {"class": "tick"}, tag("input", attributes), tag("span", None, text))


def _group(
    element: Element,
    spot: Spot,
    name: str,
    children: list[Markup],
    *,
    extra: Mapping[str, object],
) -> Markup:
    legend = {"class": "visually-hidden"}
    attributes = {**hooks(element, spot), **fields.description(spot), **extra, "id": spot.id}
    # A group cannot be required for screen readers; its description says what is wrong.
    attributes.pop("aria-required", None)
    return tag("fieldset", attributes, tag("legend", legend, name), *children)


def image(element: Element) -> Markup:
    """Return a small picture; its alt text when it has no address that may be loaded."""
    address = safe_image(element.get("image_url"))
    alt = as_text(element.get("alt_text"))
    if address is None:
        return tag("span", {"class": "image-missing"}, alt or "Picture")
    return tag("img", {"class": "thumb", "src": address, "alt": alt, "loading": "lazy"})


_RENDERERS: dict[str, Callable[[Element, Spot], Markup]] = {
    "button": _button,
    "icon_button": _icon_button,
    "feedback_buttons": _feedback,
    "workflow_button": _workflow_button,
    "overflow": _overflow,
    "static_select": _select,
    "users_select": _select,
    "conversations_select": _select,
    "channels_select": _select,
    "external_select": _external,
    "multi_static_select": _many,
    "multi_users_select": _many,
    "multi_conversations_select": _many,
    "multi_channels_select": _many,
    "multi_external_select": _external,
    "checkboxes": _ticks("checkbox"),
    "radio_buttons": _ticks("radio"),
    "image": lambda element, _spot: image(element),
    **fields.RENDERERS,
}
