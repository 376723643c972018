"""How a pulse's statements moved over its releases: in short, as a chart and as a table.

From published bands alone.
"""

from collections.abc import Mapping, Sequence

from bot.kernel.ports import Message
from bot.kernel.words import cut, listed, plural
from bot.pulse.model import GROUP_BANDS, SHARE_BANDS, Band, CellLevel, Published
from handlers import blocks as ui
from handlers.blocks import Block, escape
from handlers.pulse.result_views import day

CHART_SERIES = 6
CHART_POINTS = 19
"""Lines that Slack draws at most, and releases that fit into the 20 columns of its tables.

https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
"""
MOST_STATEMENTS = 30
"""So many statements stand in one message; of more, those that changed."""

Lines = Mapping[str, Sequence[int | None]]


def trend_message(programme: str, history: Sequence[Published]) -> Message | None:
    """Show how each statement with two results or more moved over the releases, earliest first.

    By groups: the share of results that are High. For a programme as a whole: the lower end of
    its interval. None while there are not two releases to compare.
    """
    told = [one for one in history if one.counts or one.results.releases][-CHART_POINTS:]
    if len(told) < 2:
        return None
    every = _lines(told)
    shares, left_out = _those_shown(every)
    days = [day(published.released_on) for published in told]
    title = f"Pulse of {programme} over time"
    whole = told[-1].round.cell_level is CellLevel.PROGRAMME
    measure = "At least, % of answers" if whole else "High, % of results"
    chart, about_chart = _chart(title, days, shares, measure=measure)
    said = [_how_to_read(whole=whole), _moved(every), *left_out, *about_chart]
    lines = [
        f"{escape(label)}: "
        + ", ".join(f"{on} {_share(value)}" for on, value in zip(days, values, strict=True))
        + "."
        for label, values in shares.items()
    ]
    rows = [[label, *(_share(value) for value in values)] for label, values in shares.items()]
    blocks = [ui.header(title), *(ui.section(cut(one, 3000)) for one in said), *chart]
    blocks += [ui.table([["Statement", *days], *rows])] if rows else []
    return Message("\n".join([f"*{escape(title)}*", *said, *lines]), tuple(blocks))


def _how_to_read(*, whole: bool) -> str:
    if whole:
        return (
            "At least so many of all answers spoke for the space: the lower end of the published "
            "ten."
        )
    return "Share of results that are High, counted from the bands already shown."


def _lines(history: Sequence[Published]) -> dict[str, list[int | None]]:
    """The values of each statement that has two results or more, by its number and short name."""
    labels: dict[str, str] = {}
    for published in reversed(history):
        for item_id in published.round.items:
            if (item := published.round.instrument.item(item_id)) is not None:
                labels.setdefault(item_id, item.label)
    found = [(label, _values(item_id, history)) for item_id, label in labels.items()]
    lasting = [one for one in found if len(_known(one[1])) > 1]
    return {f"{at} {label}": values for at, (label, values) in enumerate(lasting, start=1)}


def _known(values: Sequence[int | None]) -> list[int]:
    return [value for value in values if value is not None]


def _step(values: Sequence[int | None]) -> int:
    """How far a statement's last result lies from the one before it."""
    *_, before, last = _known(values)
    return last - before


def _those_shown(every: Lines) -> tuple[Lines, list[str]]:
    """All statements; or, of too many, those that changed, and a line that says so."""
    if len(every) <= MOST_STATEMENTS:
        return every, []
    changed = [label for label, values in every.items() if _step(values)]
    shown = dict.fromkeys(changed[:MOST_STATEMENTS])
    left = plural(len(every) - len(shown), "statement is", "statements are")
    said = f"Shown are {plural(len(shown), 'statement')} that changed; {left} left out."
    return {label: every[label] for label in shown}, [said]


def _moved(every: Lines) -> str:
    """Say in one sentence which statements changed since their result before the last."""
    steps = {escape(label): _step(values) for label, values in every.items()}
    up = [label for label, step in steps.items() if step > 0]
    down = [label for label, step in steps.items() if step < 0]
    same = len(steps) - len(up) - len(down)
    if not steps:
        return "No statement has two results to compare yet."
    if not up and not down:
        return "Since the result before, no statement has changed."
    parts = [
        f"higher: {listed(up)}" if up else "",
        f"lower: {listed(down)}" if down else "",
        f"as before: {plural(same, 'statement')}" if same else "",
    ]
    return f"Since the result before: {'; '.join(filter(None, parts))}."


def _values(item_id: str, history: Sequence[Published]) -> list[int | None]:
    """Per release, the percentage to show of an item; None where there is none."""
    return [
        (_lower_end if one.round.cell_level is CellLevel.PROGRAMME else _high)(
            one.count_of(item_id)
        )
        for one in history
    ]


def _high(counted: Mapping[Band, int]) -> int | None:
    told = sum(counted.get(band, 0) for band in GROUP_BANDS)
    return 100 * counted.get(Band.HIGH, 0) // told if told else None


def _lower_end(counted: Mapping[Band, int]) -> int | None:
    return next((10 * SHARE_BANDS.index(band) for band in counted if band in SHARE_BANDS), None)


def _share(value: int | None) -> str:
    return "no result" if value is None else f"{value} %"


def _chart(
    title: str, days: Sequence[str], shares: Lines, *, measure: str
) -> tuple[list[Block], list[str]]:
    """Draw the statements with a result in every release, and say which, if these are not all.

    Slack draws no gaps, and a missing result drawn as 0 would be a lie. Of more statements than
    Slack draws, those that changed go first.
    """
    known = [at for at, _ in enumerate(days) if any(one[at] is not None for one in shares.values())]
    whole = {
        label: values
        for label, values in shares.items()
        if all(values[at] is not None for at in known)
    }
    chosen = set(sorted(whole, key=lambda label: not _step(whole[label]))[:CHART_SERIES])
    drawn = [label for label in whole if label in chosen]
    if not drawn:
        return [], []
    series = [
        {
            "name": cut(label, 20),
            "data": [{"label": days[at], "value": whole[label][at]} for at in known],
        }
        for label in drawn
    ]
    categories = [days[at] for at in known]
    axes = {"categories": categories, "x_label": "Released", "y_label": measure}
    chart = {"type": "line", "series": series, "axis_config": axes}
    block: Block = {"type": "data_visualization", "title": cut(title, 50), "chart": chart}
    some = f"The chart draws {listed(escape(label) for label in drawn)}; the table has all shown."
    return [block], [some] if len(drawn) < len(shares) else []
