"""Give Prometheus the figures of `runtime/metrics.py`, in its own format."""

from collections import Counter as Count
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import prometheus_client as prometheus
import sqlalchemy as sa
from prometheus_client.core import GaugeMetricFamily

from bot.delivery.backlog import UNDER_WAY
from bot.delivery.model import Lane, OutboxState
from bot.delivery.rules import is_refused
from bot.errands.store import Want
from bot.kernel.database import Database
from bot.kernel.figures import Figure
from runtime.health import Facts, Fault, judge
from runtime.metrics import METRICS, MetricType
from runtime.stock import Stock
from runtime.watch import Watch

if TYPE_CHECKING:
    from runtime.sockets import Socket

SCRAPE_WITHIN_S = 1.5
Gauges = dict[str, dict[tuple[str, ...], float]]
"""Values by the name of the metric and the values of its labels."""


class Registry:
    """Keeps the figures of one process. `info` is the engine and how requests come."""

    def __init__(self, *info: str) -> None:
        # They would tell when something was first done.
        prometheus.disable_created_metrics()  # type: ignore[no-untyped-call]
        self._info = info
        self._registry = registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=registry)
        self._counters: dict[str, prometheus.Counter] = {}
        self._histograms: dict[str, prometheus.Histogram] = {}
        self._gauges: Gauges = {}
        for one in METRICS:
            name, text, labels = one.name, one.text, one.labels
            if one.type is MetricType.COUNTER:
                self._counters[name] = prometheus.Counter(name, text, labels, registry=registry)
            elif one.type is MetricType.HISTOGRAM:
                self._histograms[name] = prometheus.Histogram(
                    name, text, labels, registry=registry, buckets=one.buckets
                )
        registry.register(self)

    def add(self, figure: Figure, *labels: str, amount: float = 1) -> None:
        counter = self._counters[figure]
        (counter.labels(*labels) if labels else counter).inc(amount)

    def observe(self, figure: Figure, seconds: float, *labels: str) -> None:
        histogram = self._histograms[figure]
        (histogram.labels(*labels) if labels else histogram).observe(seconds)

    async def scraped(self, watch: Watch) -> bytes:
        """Write all figures as of now; those of the database only if it answers in time."""
        stock = await watch.stock.get(within_s=SCRAPE_WITHIN_S)
        facts = await watch.facts(stock)
        sockets = watch.sockets.open if watch.sockets else ()
        self._gauges = {"cairn_info": {self._info: 1}}
        self._gauges |= of_process(facts, judge(facts, watch.bounds), sockets=sockets)
        if stock is not None:
            self._gauges |= of_stock(stock, facts)
        return prometheus.generate_latest(self._registry)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give Prometheus's registry the gauges of this scrape; what is not known is left out."""
        for one in METRICS:
            if one.name in self._gauges:
                family = GaugeMetricFamily(one.name, one.text, labels=one.labels)
                for labels, value in self._gauges[one.name].items():
                    family.add_metric(labels, value)
                yield family

    def count_errors(self, database: Database) -> None:
        """Count the database's errors by kind from now on."""

        def count(context: sa.engine.ExceptionContext) -> None:
            failure = context.sqlalchemy_exception or context.original_exception
            self.add(Figure.DATABASE_FAILED, type(failure).__name__)

        sa.event.listen(database.engine.sync_engine, "handle_error", count)


def of_process(facts: Facts, faults: Mapping[Fault, str], *, sockets: "Sequence[Socket]") -> Gauges:
    """Say what this process knows by itself."""
    silent = facts.slack_silent
    return {
        "cairn_healthy": {(): float(not faults)},
        "cairn_fault": {(one,): float(one in faults) for one in Fault},
        "cairn_loop_silent_seconds": {(): facts.loop_silent.total_seconds()},
        "cairn_database_up": {(): float(facts.database_answers)},
        "cairn_slack_silent_seconds": {} if silent is None else {(): silent.total_seconds()},
        "cairn_socket_connected": {
            (str(number),): float(one.lost_since_s is None) for number, one in enumerate(sockets)
        },
        "cairn_socket_last_connected_timestamp_seconds": {
            (str(number),): one.connected_at for number, one in enumerate(sockets)
        },
        "cairn_socket_last_payload_timestamp_seconds": {
            (str(number),): one.heard_at for number, one in enumerate(sockets)
        },
    }


def of_stock(stock: Stock, facts: Facts) -> Gauges:
    """Say what the database and the keys tell."""
    waiting: Count[tuple[str, ...]] = Count()
    for one in stock.backlogs:
        waiting[one.lane, OutboxState.QUEUED] += one.count
    states = (OutboxState.QUEUED, *UNDER_WAY)
    paces = [pace for key, pace in stock.paces.items() if pace.paused_for is None] or []
    rates = [pace.rate / 60 for pace in paces]
    paused = [
        pace
        for pace in stock.paces.values()
        if pace.paused_until and pace.paused_until > stock.at and pace.paused_for == "rate_limited"
    ]
    return {
        "cairn_due": {(): stock.due[0]},
        "cairn_due_age_seconds": {(): facts.due_late.total_seconds()},
        "cairn_events_waiting": {(): stock.inbox[0]},
        "cairn_events_age_seconds": {(): facts.events_late.total_seconds()},
        "cairn_messages": {
            (lane, state): waiting[lane, state] + stock.under_way.get((lane, state), 0)
            for lane in Lane
            for state in states
        },
        "cairn_messages_late_seconds": {
            (lane,): late.total_seconds() for lane, late in facts.lanes_late.items()
        },
        "cairn_dead_letters": {(reason,): count for reason, count in stock.dead.items()},
        "cairn_errands": {
            (want, state): stock.errands.get((want, state == "impossible"), 0)
            for want in Want
            for state in ("owed", "impossible")
        },
        "cairn_pace_messages_per_second": {
            (which,): choose(rates)
            for which, choose in (("slowest", min), ("fastest", max))
            if rates
        },
        "cairn_workspaces": {
            ("installed",): facts.workspaces,
            ("paused",): len(paused),
            ("refused",): sum(is_refused(pace) for pace in stock.paces.values()),
            ("lacking",): sum(bool(pace.lacking) for pace in stock.paces.values()),
        },
        "cairn_pulse_rounds_open": {(): stock.rounds},
        "cairn_keys": {(kind,): count for kind, count in (stock.keys or {}).items()},
    }
