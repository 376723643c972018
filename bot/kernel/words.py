"""Write numbers, lists and days as they stand in a sentence, and shorten what is too long."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import date

Measure = Callable[[str], int]
"""Says how much of a limit a text takes up; never less for a longer text."""

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


def full_date(on: date) -> str:
    """Write `5 October 2026`."""
    return f"{day_and_month(on)} {on.year}"


def month_and_year(on: date) -> str:
    """Write `October 2026`."""
    return f"{_MONTHS[on.month - 1]} {on.year}"


def short_month(on: date) -> str:
    """Write `Oct`."""
    return _MONTHS[on.month - 1][:3]


def storable(text: str) -> str:
    """Leave out what no database keeps: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").encode(errors="ignore").decode()


def units(text: str) -> int:
    """Count UTF-16 units, of which an emoji takes two: never fewer than characters."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8_bytes(text: str) -> int:
    """Count the bytes that a text takes up in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


SHORTEST = 12
"""The smallest limit at which `cut` can show a beginning of any text."""

_WHOLE = re.compile(r"&(?:amp|lt|gt);|<(?:[@#!]|https?:|mailto:)[^<>\n]*>")
"""The texts that Slack reads as one sign: an escaped character, a mention, a link, a date."""
_JOINER = "\u200d"


def cut(text: str, limit: int, *, measure: Measure = units) -> str:
    """Show the beginning of `text` within `limit`, cut at a word, with an ellipsis.

    A text that fits stays as it is. `limit` is at least SHORTEST.
    """
    if measure(text) <= limit:
        return text
    whole = text.strip()
    if measure(whole) <= limit:
        return whole
    end = fold_at(whole, limit, measure=lambda kept: measure(f"{kept.rstrip()}…"))
    return f"{whole[:end].rstrip()}…"


def fold_at(text: str, limit: int, *, measure: Measure = units) -> int:
    """Say how many characters of a `text` that is too long come before a fold; at least one.

    Between words where one ends in the second half of what fits, else inside a word, but never
    inside what is read as one sign.
    """
    fits = bisect_right(range(1, len(text) + 1), limit, key=lambda n: measure(text[:n]))
    spaces = [n for n in range(fits // 2, min(fits, len(text) - 1) + 1) if text[n].isspace()]
    end = spaces[-1] if spaces and spaces[-1] > 0 else fits
    for sign in _WHOLE.finditer(text):
        if sign.start() < end < sign.end():
            end = sign.start()
    while 0 < end < len(text) and _joins(text, end):
        end -= 1
    return end or max(fits, 1)


def _joins(text: str, at: int) -> bool:
    """Say whether the character at `at` belongs to the one before it."""
    after, before = text[at], text[at - 1]
    if _JOINER in (after, before) or unicodedata.category(after).startswith("M"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff":  # a skin tone
        return True
    flags = re.search("[\U0001f1e6-\U0001f1ff]*$", text[:at])  # two letters make one flag
    is_flag = "\U0001f1e6" <= after <= "\U0001f1ff"
    return is_flag and flags is not None and len(flags[0]) % 2 == 1


def number(count: int) -> str:
    """Write small numbers as words."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)


def ordinal(place: int) -> str:
    """Write small ranks as words: first, second; then 9th, 21st."""
    if 1 <= place <= len(_ORDINALS):
        return _ORDINALS[place - 1]
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10)
    return f"{place}{ending or 'th'}"
