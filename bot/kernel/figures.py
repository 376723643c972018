"""Count what happens, for whoever monitors this process."""

from enum import StrEnum
from typing import Protocol


class Figure(StrEnum):
    """The figures that the bot counts as it goes, by their names in `runtime/metrics.py`."""

    PASS = "cairn_pass_seconds"  # noqa: S105 - a pass of the loop
    TICK = "cairn_tick_seconds"
    DONE = "cairn_due_done_total"
    DUTY_FAILED = "cairn_duty_failures_total"
    SENT = "cairn_messages_sent_total"
    FAILED = "cairn_messages_failed_total"
    EXPIRED = "cairn_messages_expired_total"
    RATE_LIMITED = "cairn_slack_rate_limited_total"
    SLACK_FAILED = "cairn_slack_failures_total"
    DATABASE_FAILED = "cairn_database_errors_total"
    LISTENER = "cairn_listener_seconds"
    LOOP_LAG = "cairn_event_loop_lag_seconds"
    HEARTBEAT = "cairn_heartbeats_total"
    REFUSED = "cairn_requests_refused_total"


class Ledger(Protocol):
    """Keeps figures. What labels say is chosen from a few words: never an id, a name or a text."""

    def add(self, figure: Figure, *labels: str, amount: float = 1) -> None:
        """Count something that happened."""
        ...

    def observe(self, figure: Figure, seconds: float, *labels: str) -> None:
        """Note how long something took."""
        ...


class Unmonitored:
    """Keeps none, where nobody asks for them."""

    def add(self, figure: Figure, *labels: str, amount: float = 1) -> None: ...

    def observe(self, figure: Figure, seconds: float, *labels: str) -> None: ...


UNMONITORED = Unmonitored()
