"""The data_visualization block as a drawing, with the same figures as a table.

https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from slack_sandbox.page.markup import join, tag
from slack_sandbox.page.shape import as_list, as_map, as_number, as_text, text_of

# The drawing's own units; the page scales it to its column.
WIDTH, HEIGHT = 560, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 14, 40
_PLOT_WIDTH, _PLOT_HEIGHT = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
_SERIES_SHOWN = 12
_PIE_RADIUS = 92.0


@dataclass(frozen=True, slots=True)
class Series:
    """One named row of figures, one for each category; None where there is none."""

    name: str
    values: tuple[float | None, ...]


def render(block: Mapping[str, Any]) -> Markup:
    """Return the chart with its title, a legend, and a table of its figures."""
    title = text_of(block.get("title")) or "Chart"
    chart = as_map(block.get("chart"))
    kind = as_text(chart.get("type"))
    categories, series = _figures(chart)
    axes = as_map(chart.get("axis_config"))
    drawing = _pie(categories, series) if kind == "pie" else _plot(kind, categories, series)
    named = {"role": "img", "aria-label": _summary(title, kind, categories, series)}
    svg = tag("svg", {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "class": "chart", **named}, *drawing)
    return tag(
        "figure",
        {"class": "figure"},
        tag("figcaption", None, title),
        svg,
        _labels(axes),
        _legend(categories if kind == "pie" else [item.name for item in series]),
        _as_table(title, categories, series, as_text(axes.get("x_label"))),
    )


def _figures(chart: Mapping[str, Any]) -> tuple[list[str], list[Series]]:
    """Return the categories and the series; a pie is one series over its segments."""
    segments = as_list(chart.get("segments"))
    if segments:
        values = tuple(as_number(item.get("value")) for item in segments)
        return [as_text(item.get("label")) for item in segments], [Series("Share", values)]
    listed = as_map(chart.get("axis_config")).get("categories")
    points = [as_list(item.get("data")) for item in as_list(chart.get("series"))]
    categories = [as_text(item) for item in listed] if isinstance(listed, list) else []
    if not categories and points:
        categories = [as_text(point.get("label")) for point in points[0]]
    names = [as_text(item.get("name")) for item in as_list(chart.get("series"))]
    series = [
        Series(name, _along(categories, data)) for name, data in zip(names, points, strict=True)
    ]
    return categories, series[:_SERIES_SHOWN]


def _along(
    categories: Sequence[str], data: Sequence[Mapping[str, Any]]
) -> tuple[float | None, ...]:
    by_label = {as_text(point.get("label")): as_number(point.get("value")) for point in data}
    return tuple(by_label.get(category) for category in categories)


def _summary(title: str, kind: str, categories: Sequence[str], series: Sequence[Series]) -> str:
    said = []
    for item in series:
        pairs = zip(categories, item.values, strict=False)
        figures = ", ".join(f"{label} {_shown(value)}" for label, value in pairs)
        said.append(f"{item.name}: {figures}")
    return f"{title}, {kind or 'unknown'} chart. {'; '.join(said)}"


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _scale(series: Sequence[Series]) -> tuple[float, float, float]:
    """Return the lowest and highest figure on the axis and the step between its lines."""
    values = [value for item in series for value in item.values if value is not None]
    low, high = min([0.0, *values]), max([0.0, *values])
    if high == low:
        high = low + 1
    rough = (high - low) / 4
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= rough)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def _plot(kind: str, categories: Sequence[str], series: Sequence[Series]) -> list[Markup]:
    if not categories or not series:
        return [_text(WIDTH / 2, HEIGHT / 2, "Nothing to show", "middle")]
    low, high, step = _scale(series)

    def y(value: float) -> float:
        return _TOP + _PLOT_HEIGHT * (1 - (value - low) / (high - low))

    drawn = [*_grid(low, high, step), *_category_names(categories)]
    slot = _PLOT_WIDTH / len(categories)
    for number, item in enumerate(series):
        if kind == "bar":
            drawn.extend(_bars(item, number, len(series), slot=slot, y=y))
        else:
            drawn.append(_line(item, number, slot=slot, y=y, filled=kind == "area"))
    return drawn


def _grid(low: float, high: float, step: float) -> list[Markup]:
    lines = []
    for count in range(round((high - low) / step) + 1):
        value = low + count * step
        at = _TOP + _PLOT_HEIGHT * (1 - (value - low) / (high - low))
        ends = {"x1": _LEFT, "x2": WIDTH - _RIGHT, "y1": _at(at), "y2": _at(at)}
        lines.append(tag("line", {"class": "grid", **ends}))
        lines.append(_text(_LEFT - 6, at + 4, _shown(value), "end"))
    return lines


def _category_names(categories: Sequence[str]) -> list[Markup]:
    slot = _PLOT_WIDTH / len(categories)
    fits = max(3, int(slot / 6.5))
    return [
        _text(
            _LEFT + slot * (index + 0.5),
            HEIGHT - _BOTTOM + 18,
            name if len(name) <= fits else f"{name[: fits - 1]}…",
            "middle",
        )
        for index, name in enumerate(categories)
    ]


def _bars(item: Series, number: int, count: int, *, slot: float, y: Any) -> list[Markup]:
    width = min(48.0, slot * 0.72 / count)
    bars = []
    for index, value in enumerate(item.values):
        if value is None:
            continue
        left = _LEFT + slot * (index + 0.5) - width * count / 2 + width * number
        top, base = min(y(value), y(0)), max(y(value), y(0))
        box = {"x": _at(left), "y": _at(top), "width": _at(width - 2), "height": _at(base - top)}
        bars.append(tag("rect", {"class": f"fill-{number % 6}", "rx": 2, **box}))
    return bars


def _line(item: Series, number: int, *, slot: float, y: Any, filled: bool) -> Markup:
    points = [
        (_LEFT + slot * (index + 0.5), y(value))
        for index, value in enumerate(item.values)
        if value is not None
    ]
    if not points:
        return Markup()
    path = "M" + "L".join(f"{_at(px)} {_at(py)}" for px, py in points)
    parts = []
    if filled:
        closed = f"{path}L{_at(points[-1][0])} {_at(y(0))}L{_at(points[0][0])} {_at(y(0))}Z"
        parts.append(tag("path", {"class": f"fill-{number % 6} area", "d": closed}))
    parts.append(tag("path", {"class": f"stroke-{number % 6} curve", "d": path}))
    for px, py in points:
        dot = {"class": f"fill-{number % 6}", "cx": _at(px), "cy": _at(py), "r": 3}
        parts.append(tag("circle", dot))
    return join(parts)


def _pie(categories: Sequence[str], series: Sequence[Series]) -> list[Markup]:
    values = [max(0.0, value or 0.0) for value in (series[0].values if series else ())]
    total = sum(values)
    if total <= 0:
        return [_text(WIDTH / 2, HEIGHT / 2, "Nothing to show", "middle")]
    drawn: list[Markup] = []
    turned = 0.0
    for number, value in enumerate(values):
        share = value / total
        drawn.append(_slice(turned, share, number))
        if share >= 0.04:
            middle = 2 * math.pi * (turned + share / 2)
            x = WIDTH / 2 + math.sin(middle) * _PIE_RADIUS * 0.66
            at = HEIGHT / 2 - math.cos(middle) * _PIE_RADIUS * 0.66
            drawn.append(_text(x, at + 4, f"{share:.0%}", "middle", "on-fill"))
        turned += share
    return drawn


def _slice(start: float, share: float, number: int) -> Markup:
    kind = {"class": f"fill-{number % 6} slice"}
    if share > 0.9999:
        return tag("circle", {**kind, "cx": WIDTH / 2, "cy": HEIGHT / 2, "r": _PIE_RADIUS})
    ends = []
    for turn in (start, start + share):
        angle = 2 * math.pi * turn
        x = WIDTH / 2 + math.sin(angle) * _PIE_RADIUS
        ends.append(f"{_at(x)} {_at(HEIGHT / 2 - math.cos(angle) * _PIE_RADIUS)}")
    large = 1 if share > 0.5 else 0
    arc = f"A{_PIE_RADIUS} {_PIE_RADIUS} 0 {large} 1 {ends[1]}"
    return tag("path", {**kind, "d": f"M{WIDTH / 2} {HEIGHT / 2}L{ends[0]}{arc}Z"})


def _text(x: float, y: float, text: str, anchor: str, kind: str = "tick-text") -> Markup:
    place = {"x": _at(x), "y": _at(y), "text-anchor": anchor, "class": kind}
    return tag("text", place, text)


def _at(value: float) -> str:
    return f"{value:.1f}"


def _labels(axes: Mapping[str, Any]) -> Markup:
    x, y = as_text(axes.get("x_label")), as_text(axes.get("y_label"))
    said = " · ".join(part for part in (y and f"↑ {y}", x and f"→ {x}") if part)
    return tag("div", {"class": "axis-labels"}, said) if said else Markup()


def _legend(names: Sequence[str]) -> Markup:
    items = []
    for number, name in enumerate(names):
        square = tag(
            "svg",
            {"viewBox": "0 0 10 10", "aria-hidden": "true", "class": "swatch"},
            tag("rect", {"width": 10, "height": 10, "rx": 2, "class": f"fill-{number % 6}"}),
        )
        items.append(tag("li", None, square, name))
    return tag("ul", {"class": "legend"}, *items) if items else Markup()


def _as_table(
    title: str, categories: Sequence[str], series: Sequence[Series], corner: str
) -> Markup:
    heads = [tag("th", {"scope": "col"}, item.name) for item in series]
    rows = []
    for index, category in enumerate(categories):
        cells = [tag("td", {"class": "align-right"}, _shown(item.values[index])) for item in series]
        rows.append(tag("tr", None, tag("th", {"scope": "row"}, category), *cells))
    first = tag("th", {"scope": "col"}, corner or "Label")
    table = tag(
        "table",
        None,
        tag("caption", {"class": "visually-hidden"}, title),
        tag("thead", None, tag("tr", None, first, *heads)),
        tag("tbody", None, *rows),
    )
    return tag("details", {"class": "figures"}, tag("summary", None, "Show the figures"), table)
