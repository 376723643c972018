"""Write numbers, lists and days as they stand in a sentence."""

from collections.abc import Iterable
from datetime import date

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def agree(count: float, one: str, many: str | None = None) -> str:
    """Choose the word that goes with `count`; without `many`, `one` and an s."""
    return one if count == 1 else many or f"{one}s"


def plural(count: int, one: str, many: str | None = None) -> str:
    """Write `1 mentee` or `2 mentees`."""
    return f"{count} {agree(count, one, many)}"


def listed(words: Iterable[str], word: str = "and") -> str:
    """Write `a`, `a and b` or `a, b and c`; nothing for an empty list."""
    *before, last = [*words] or [""]
    return f"{', '.join(before)} {word} {last}" if before else last


def day_and_month(on: date) -> str:
    """Write `5 October`."""
    return f"{on.day} {_MONTHS[on.month - 1]}"


def weekday_and_day(on: date) -> str:
    """Write `Monday 5 October`."""
    return f"{WEEKDAYS[on.weekday()]} {day_and_month(on)}"


def number(count: int) -> str:
    """Write small numbers as words."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)


def ordinal(place: int) -> str:
    """Write small ranks as words: first, second; then 9th, 21st."""
    if 1 <= place <= len(_ORDINALS):
        return _ORDINALS[place - 1]
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10)
    return f"{place}{ending or 'th'}"
