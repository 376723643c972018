"""Say which figures Cairn gives Prometheus: one table, for the code, the reference and the alerts.

Nothing here may tell when somebody answered a pulse or raised a concern. So what is counted has no
ids and names no member, message or workspace; requests are counted by listener only for
capabilities that are not private (`Capability.is_private`), and nowhere in a sum from which theirs
could be told by subtracting: not by the port that took them, the socket, or the calls to Slack that
they made. The time of a socket's last payload is rounded down to five minutes.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.kernel.figures import Figure


class MetricType(StrEnum):
    """The types of Prometheus's metrics: prometheus.io/docs/concepts/metric_types."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. Times are in seconds, instants in seconds since 1970."""

    name: str
    text: str
    type: MetricType
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def series(self) -> tuple[str, ...]:
        """Name what Prometheus keeps of it."""
        if self.type is not MetricType.HISTOGRAM:
            return (self.name,)
        return tuple(f"{self.name}{end}" for end in ("_bucket", "_sum", "_count"))


def _gauge(name: str, text: str, labels: str = "") -> Metric:
    return Metric(name, text, MetricType.GAUGE, tuple(labels.split()))


def _counter(figure: Figure, text: str, labels: str = "") -> Metric:
    return Metric(figure, text, MetricType.COUNTER, tuple(labels.split()))


def _histogram(figure: Figure, text: str, buckets: tuple[float, ...], labels: str = "") -> Metric:
    return Metric(figure, text, MetricType.HISTOGRAM, tuple(labels.split()), buckets)


_LAG_S = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0, 10.0)
_WORK_S = (0.01, 0.05, 0.2, 1.0, 5.0, 20.0, 60.0)
_REQUEST_S = (0.1, 0.3, 1.0, 3.0, 10.0)

METRICS: tuple[Metric, ...] = (
    _gauge("cairn_info", "1; the labels say the engine and how requests come.", "engine mode"),
    _gauge("cairn_healthy", "1 while the heartbeat may go out, else 0."),
    _gauge("cairn_fault", "1 for what is wrong with Cairn as a whole, else 0.", "fault"),
    _counter(Figure.HEARTBEAT, "Heartbeats that went out, failed or were held back.", "outcome"),
    _gauge("cairn_loop_silent_seconds", "Time since the loop last made a whole pass."),
    _histogram(Figure.PASS, "Length of whole passes of the loop.", _WORK_S),
    _histogram(Figure.TICK, "Length of ticks, each a share of what is due.", _WORK_S),
    _histogram(Figure.LOOP_LAG, "How much later than asked the event loop went on.", _LAG_S),
    _gauge("cairn_due", "Schedules that are due now."),
    _gauge("cairn_due_age_seconds", "Time since the first of them fell due; 0 for none."),
    _counter(Figure.DONE, "Schedules that were done."),
    _counter(Figure.DUTY_FAILED, "Schedules whose duty failed and is tried again.", "kind"),
    _gauge("cairn_events_waiting", "Events from Slack that are kept and not done yet."),
    _gauge("cairn_events_age_seconds", "Time since the first could be done; 0 for none."),
    _gauge("cairn_messages", "Messages that wait or are on their way.", "lane state"),
    _gauge(
        "cairn_messages_late_seconds",
        "Age of the oldest message that is late by Cairn's own rule; 0 for none.",
        "lane",
    ),
    _counter(Figure.SENT, "Messages that Slack took from this process.", "lane"),
    _counter(Figure.FAILED, "Messages that this process gave up.", "reason"),
    _counter(Figure.EXPIRED, "Messages that came too late to be of use."),
    _gauge("cairn_dead_letters", "Messages that were given up and wait for you.", "reason"),
    _gauge("cairn_errands", "Changes in Slack that are owed or impossible.", "want state"),
    _gauge("cairn_pace_messages_per_second", "Pace of the slowest and fastest workspace.", "which"),
    _gauge(
        "cairn_workspaces",
        "Workspaces: installed, paused (Retry-After), refused (token), lacking (a scope).",
        "state",
    ),
    _gauge("cairn_slack_silent_seconds", "Time since any workspace answered Cairn's own calls."),
    _counter(Figure.RATE_LIMITED, "Calls of Cairn's own that Slack answered with 429."),
    _counter(Figure.SLACK_FAILED, "Calls of Cairn's own that got no clear answer.", "reason"),
    _gauge("cairn_socket_connected", "1 while this socket to Slack is open, else 0.", "socket"),
    _gauge(
        "cairn_socket_last_connected_timestamp_seconds", "When it was last seen open.", "socket"
    ),
    _gauge(
        "cairn_socket_last_payload_timestamp_seconds",
        "When it last brought anything, rounded down to five minutes; 0 for never.",
        "socket",
    ),
    _gauge("cairn_pulse_rounds_open", "Rounds of the pulse whose keys are needed still."),
    _gauge("cairn_keys", "Keys that the vault holds; left out where it cannot be seen.", "kind"),
    _gauge("cairn_database_up", "1 if the database answered in time for this scrape, else 0."),
    _counter(
        Figure.REFUSED,
        "Requests over HTTP that were refused: unsigned, or with a wrong signature.",
        "reason",
    ),
    _counter(Figure.DATABASE_FAILED, "Errors of the database, by kind.", "failure"),
    _histogram(
        Figure.LISTENER,
        "Time from a request to the end of its listener; private ones are left out.",
        _REQUEST_S,
        "listener",
    ),
)
"""Every metric of Cairn's own. Beside these stand `process_…` as prometheus-client knows them."""

STOCKED = frozenset(
    {
        "cairn_due", "cairn_due_age_seconds", "cairn_events_waiting", "cairn_events_age_seconds",
        "cairn_messages", "cairn_messages_late_seconds", "cairn_dead_letters", "cairn_errands",
        "cairn_pace_messages_per_second", "cairn_workspaces", "cairn_pulse_rounds_open",
        "cairn_keys",
    }
)  # fmt: skip
"""Metrics read from the database, the same from every replica: take the largest, not the sum."""
