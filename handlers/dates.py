"""Days as people read them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day(on: date) -> str:
    """`5 October`."""
    return f"{on.day} {_MONTHS[on.month - 1]}"


def weekday(on: date) -> str:
    """`Monday 5 October`."""
    return f"{_WEEKDAYS[on.weekday()]} {day(on)}"


def local_day(at: datetime, tz: str) -> date:
    """The date of an instant for somebody in the IANA zone `tz`."""
    return at.astimezone(ZoneInfo(tz)).date()


def when(at: datetime) -> str:
    """An instant in the reader's own zone; UTC where Slack cannot show that."""
    spoken = f"{at:%A} {at.day} {at:%B}, {at:%H:%M} UTC"
    return f"<!date^{int(at.timestamp())}^{{date_long}}, {{time}}|{spoken}>"
