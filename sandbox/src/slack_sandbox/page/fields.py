"""Elements into which a person types: texts, numbers, dates, files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from slack_sandbox.page.choices import chosen
from slack_sandbox.page.markup import tag
from slack_sandbox.page.shape import as_text, text_of
from slack_sandbox.page.surface import Spot, field_name, hooks

Element = Mapping[str, Any]


def description(spot: Spot) -> dict[str, object]:
    """Return the attributes that tie a field to its hint, its error and its being required."""
    return {
        "aria-describedby": spot.described_by,
        "aria-required": "true" if spot.required else None,
    }


def _common(element: Element, spot: Spot, unnamed: str) -> dict[str, object]:
    placeholder = text_of(element.get("placeholder"))
    return {
        **hooks(element, spot),
        **description(spot),
        "id": spot.id,
        "name": field_name(spot.block_id, as_text(element.get("action_id"))),
        "placeholder": placeholder or None,
        "aria-label": None if spot.label else placeholder or unnamed,
        "data-autofocus": element.get("focus_on_load") is True,
    }


def _value(element: Element, spot: Spot) -> str:
    return next(iter(chosen(element, spot)), "")


def _plain_text(element: Element, spot: Spot) -> Markup:
    dispatch = element.get("dispatch_action_config")
    triggers = dispatch.get("trigger_actions_on") if isinstance(dispatch, Mapping) else None
    attributes = {
        **_common(element, spot, "Text"),
        "maxlength": _length(element.get("max_length")),
        "data-minlength": _length(element.get("min_length")),
        "data-dispatch-on": " ".join(map(str, triggers)) if isinstance(triggers, list) else None,
        "autocomplete": "off",
    }
    value = _value(element, spot)
    if element.get("multiline") is True:
        # A parser drops the first line break in a textarea, so one is added.
        return tag("textarea", {**attributes, "rows": 4}, f"\n{value}")
    return tag("input", {"type": "text", **attributes, "value": value})


def _length(value: object) -> int | None:
    return value if isinstance(value, int) and 0 < value <= 3000 else None


def _rich_text(element: Element, spot: Spot) -> Markup:
    attributes = {**_common(element, spot, "Text"), "rows": 4}
    return tag("textarea", attributes, f"\n{_value(element, spot)}")


def _number(element: Element, spot: Spot) -> Markup:
    decimal = element.get("is_decimal_allowed") is True
    attributes = {
        **_common(element, spot, "Number"),
        "type": "number",
        "inputmode": "decimal" if decimal else "numeric",
        "step": "any" if decimal else "1",
        "min": as_text(element.get("min_value")) or None,
        "max": as_text(element.get("max_value")) or None,
        "value": _value(element, spot),
    }
    return tag("input", attributes)


def _of_type(kind: str, unnamed: str) -> Callable[[Element, Spot], Markup]:
    """Return the renderer of an input whose value is the state's value as it is."""

    def render_input(element: Element, spot: Spot) -> Markup:
        value = {"value": _value(element, spot)}
        return tag("input", {"type": kind, **_common(element, spot, unnamed), **value})

    return render_input


def _datetime(element: Element, spot: Spot) -> Markup:
    held = _value(element, spot)
    moment = spot.names.local(int(held)) if held.lstrip("-").isdigit() else None
    shown = moment.strftime("%Y-%m-%dT%H:%M") if moment else ""
    attributes = {**_common(element, spot, "Date and time"), "value": shown}
    return tag("input", {"type": "datetime-local", **attributes})


def _file(element: Element, spot: Spot) -> Markup:
    kinds = element.get("filetypes")
    limit = element.get("max_files")
    attributes = {
        **_common(element, spot, "File"),
        "type": "file",
        "multiple": limit != 1,
        "accept": ",".join(f".{kind}" for kind in kinds) if isinstance(kinds, list) else None,
        "data-max": limit if isinstance(limit, int) else 10,
    }
    return tag("input", attributes)


RENDERERS: dict[str, Callable[[Element, Spot], Markup]] = {
    "plain_text_input": _plain_text,
    "rich_text_input": _rich_text,
    "number_input": _number,
    "email_text_input": _of_type("email", "E-mail address"),
    "url_text_input": _of_type("url", "Web address"),
    "datepicker": _of_type("date", "Date"),
    "timepicker": _of_type("time", "Time"),
    "datetimepicker": _datetime,
    "file_input": _file,
}
