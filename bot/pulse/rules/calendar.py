"""When a round may open, and for how long."""

from datetime import datetime, timedelta

MINIMUM_OPEN = timedelta(hours=72)
MINIMUM_APART = timedelta(days=7)


def closing_time(opens_at: datetime, *, open_days: int) -> datetime:
    """When a round that opens then closes: after `open_days`, and never before 72 hours."""
    return opens_at + max(timedelta(days=open_days), MINIMUM_OPEN)


def too_soon(opens_at: datetime, *, last_closes_at: datetime | None) -> bool:
    """Whether fewer than seven days lie between the last round's close and this opening."""
    return last_closes_at is not None and opens_at < last_closes_at + MINIMUM_APART


def reminder_times(opens_at: datetime, closes_at: datetime) -> tuple[datetime, ...]:
    """The two instants at which everybody is reminded: half-way, and a day before the close."""
    half = opens_at + (closes_at - opens_at) / 2
    late = closes_at - timedelta(days=1)
    return (half, late) if half < late else (late,)
