"""The page of all metrics, from the table of `runtime/metrics.py`."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from tests.reference_pages import markdown

INTRODUCTION = """\
What `/metrics` says, in the words of Prometheus, once `MONITOR_PORT` [is set](settings.md). Beside
these stand the metrics of the process (`process_…`), as prometheus-client knows them."""


class Described(Protocol):
    """One metric, as the table describes it."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def labels(self) -> Sequence[str]: ...
    @property
    def text(self) -> str: ...


def page(metrics: Iterable[Described]) -> str:
    """Write the page."""
    rows = [(f"`{one.name}`", one.type, markdown.code(one.labels), one.text) for one in metrics]
    heads = ("Metric", "Type", "Labels", "What it says")
    return markdown.page("Metrics", INTRODUCTION, markdown.table(heads, rows))
