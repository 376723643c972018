"""Say when a round closes, how far apart rounds are, and when everybody is reminded."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.kernel.clock import local_date

MINIMUM_OPEN = timedelta(hours=72)
MINIMUM_APART = timedelta(days=7)


def closing_time(opens_at: datetime, *, open_days: int) -> datetime:
    """Say when a round that opens then closes: after `open_days`, and never before 72 hours."""
    return opens_at + max(timedelta(days=open_days), MINIMUM_OPEN)


def too_soon(opens_at: datetime, *, last_closes_at: datetime | None) -> bool:
    """Say whether fewer than seven days lie between the last round's close and this opening."""
    return last_closes_at is not None and opens_at < last_closes_at + MINIMUM_APART


APART = timedelta(days=2)
"""Between the invitation and the earlier of two reminders, and between these, at least."""


def reminder_times(
    opens_at: datetime, closes_at: datetime, *, tz: str, is_working: Callable[[date], bool]
) -> tuple[datetime, ...]:
    """Find when everybody is reminded, at the hour of the opening, of the zone `tz`.

    The last time is the last working day that leaves a day before the close (on a day off it would
    reach people on the morning of the close), the other half-way, where two days lie between.
    Empty where no working day is left.
    """
    opened = opens_at.astimezone(ZoneInfo(tz))
    first, last = opened.date(), local_date(closes_at - timedelta(days=1), tz)
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    working = [one for one in days if is_working(one)]
    half = first + (last - first) / 2
    between = [one for one in working if first + APART <= one <= working[-1] - APART]
    earlier = sorted(between, key=lambda one: abs(one - half))[:1]
    return tuple(
        datetime.combine(day, opened.time(), opened.tzinfo).astimezone(UTC)
        for day in (*earlier, *working[-1:])
    )
