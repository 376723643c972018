"""Find the local day, its week and its name."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def local_date(at: datetime, tz: str) -> date:
    """Read the date of an instant in the IANA zone `tz`."""
    return at.astimezone(ZoneInfo(tz)).date()


def monday_of(day: date) -> date:
    """Find the Monday of the week that `day` is in."""
    return day - timedelta(days=day.weekday())


def day_and_month(on: date) -> str:
    """Write `5 October`."""
    return f"{on.day} {_MONTHS[on.month - 1]}"


def weekday_and_day(on: date) -> str:
    """Write `Monday 5 October`."""
    return f"{WEEKDAYS[on.weekday()]} {day_and_month(on)}"
