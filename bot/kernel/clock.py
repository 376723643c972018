"""Give time as a dependency: only this file asks the operating system for it."""

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
"""Of the days that can be chosen: with any of them, in any time zone, one can still reckon."""
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)
"""Of the instants that can be chosen."""


class Clock(Protocol):
    """Tells the present instant as an aware datetime in UTC."""

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The operating system's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class SetClock:
    """A clock that is told the time and may run on from there at `rate` times real time.

    `rate` 0 stands still. Used by tests, and by a bot that follows another program's clock.
    """

    at: datetime
    rate: float = 0.0
    _set_at_s: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        elapsed_s = time.monotonic() - self._set_at_s
        return self.at + timedelta(seconds=elapsed_s * self.rate)

    def set(self, at: datetime, rate: float | None = None) -> None:
        """Go to `at` (aware), and from there at `rate`; without a rate, keep the present one."""
        self.at = as_utc(at)
        if rate is not None:
            self.rate = rate
        self._set_at_s = time.monotonic()

    def advance(self, by: timedelta) -> None:
        """Go forward by `by` from now."""
        self.set(self.now() + by)


def as_utc(at: datetime) -> datetime:
    """Turn an instant into UTC. Raises ValueError for a datetime without a zone."""
    if at.tzinfo is None:
        raise ValueError("a datetime without a time zone is not an instant")
    return at.astimezone(UTC)


def read_instant(text: str) -> datetime:
    """Read an instant that a form or a button carries, in UTC.

    Raises ValueError without a zone, and for one that nobody can choose.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or not EARLIEST <= at <= LATEST:
        raise ValueError("no instant that can be chosen")
    return at.astimezone(UTC)


def nearest_instant(at: datetime) -> datetime:
    """Give the nearest instant that can be chosen: with it one can reckon in any zone."""
    return min(max(at, EARLIEST), LATEST)


def local_date(at: datetime, tz: str) -> date:
    """Read the date of an instant in the IANA zone `tz`."""
    return at.astimezone(ZoneInfo(tz)).date()


def monday_of(day: date) -> date:
    """Find the Monday of the week that `day` is in."""
    return day - timedelta(days=day.weekday())
