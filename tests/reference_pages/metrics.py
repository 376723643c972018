"""The page of all metrics, from the table of `runtime/metrics.py`."""

from runtime.metrics import METRICS, STOCKED
from tests.reference_pages import markdown

INTRODUCTION = """\
What `/metrics` says, in the words of Prometheus, once `MONITOR_PORT` [is set](settings.md), beside
the `process_…` figures of its process. [Watch the queue](../how-to/watch-the-queue.md) shows how to
have them read.

No label names a workspace, a member or a message, so there are as many series with a thousand
workspaces as with one. What is *from the database* is the same from every replica: take the
largest, not the sum. It is at most ten seconds old, and left out while the database does not
answer.

Nothing here tells when somebody answered a pulse or raised a concern: requests of private
capabilities are counted nowhere, not even in a sum."""


def page() -> str:
    """Write the page."""
    rows = [
        (
            f"`{one.name}`",
            one.type,
            markdown.code(one.labels),
            "yes" if one.name in STOCKED else "",
            one.text,
        )
        for one in METRICS
    ]
    heads = ("Metric", "Type", "Labels", "From the database", "What it says")
    return markdown.page("Metrics", INTRODUCTION, markdown.table(heads, rows))
