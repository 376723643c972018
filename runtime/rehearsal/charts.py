"""Draw charts as SVG with their text alternative; what they show stands in a table beside them."""

from collections.abc import Sequence
from html import escape

WIDTH, LEFT, TOP = 720, 40, 16
BAR_HEIGHT, LABELS = 22, 150


def bars(values: Sequence[tuple[str, int]], title: str) -> str:
    """Draw a horizontal bar for each value, with its name and number."""
    most = max((value for _, value in values), default=0) or 1
    height = len(values) * BAR_HEIGHT + 8
    drawn = []
    for at, (name, value) in enumerate(values):
        y, width = at * BAR_HEIGHT + 4, round((WIDTH - LABELS - 70) * value / most)
        drawn.append(
            f'<text x="{LABELS - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="bar" x="{LABELS}" y="{y}" width="{width}" height="{BAR_HEIGHT - 6}"/>'
            f'<text x="{LABELS + width + 6}" y="{y + 13}">{value:,}</text>'
        )
    said = "; ".join(f"{name}: {value:,}" for name, value in values)
    return _svg(f"{title}. {said}.", height, "".join(drawn))


def weeks_chart(weeks: Sequence[int], series: Sequence[tuple[str, Sequence[float]]]) -> str:
    """Draw a line for each role over the weeks; each ends with its name."""
    height, right = 240, WIDTH - 110
    most = max((value for _, values in series for value in values), default=0) or 1
    step = (right - LEFT) / max(1, len(weeks) - 1)
    bottom = height - 28

    def at(place: int, value: float) -> tuple[float, float]:
        return round(LEFT + place * step, 1), round(bottom - (bottom - TOP) * value / most, 1)

    drawn = [
        f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{at(0, tick)[1]}" y2="{at(0, tick)[1]}"/>'
        f'<text x="{LEFT - 6}" y="{at(0, tick)[1] + 4}" text-anchor="end">{tick}</text>'
        for tick in range(int(most) + 1)
    ]
    drawn += [
        f'<text x="{at(place, 0)[0]}" y="{height - 8}" text-anchor="middle">{week}</text>'
        for place, week in enumerate(weeks)
        if week % 4 == 0
    ]
    taken: list[float] = []
    for number, (name, values) in enumerate(series):
        points = " ".join(f"{x},{y}" for x, y in (at(*one) for one in enumerate(values)))
        dash = ("", "7 4", "2 4", "10 3 2 3", "1 3")[number % 5]
        drawn.append(
            f'<polyline class="line c{number % 5}" stroke-dasharray="{dash}" points="{points}"/>'
        )
        y = 30.0 + 40 * number
        taken.append(y)
        drawn.append(
            f'<line class="line c{number % 5}" stroke-dasharray="{dash}" x1="{right + 8}" '
            f'x2="{right + 34}" y1="{y}" y2="{y}"/>'
            f'<text x="{right + 8}" y="{y + 17}">{escape(name)}</text>'
        )
    said = "; ".join(
        f"{name}: at most {max(values, default=0):.1f} in week "
        f"{weeks[max(range(len(values)), key=values.__getitem__)] if values else 0}"
        for name, values in series
    )
    return _svg(
        f"Messages for one person in each week, on average. {said}.", height, "".join(drawn)
    )


def _svg(said: str, height: int, drawn: str) -> str:
    named = escape(said, quote=True)
    return (
        f'<svg role="img" aria-label="{named}" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}">{drawn}</svg>'
    )
