"""Tell working days from public holidays and a programme's own breaks.

The holidays are those of the package `holidays`, by country and, where a country has them, region.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib import resources
from typing import Any

_ONE_DAY = timedelta(days=1)
_LONGEST_REST_DAYS = 400
_WEEKEND = 5
MOST_BREAK_DAYS = 120
"""Longer than a summer: who stops for longer closes the programme."""


@dataclass(frozen=True, slots=True, order=True)
class Break:
    """A programme's own time off, from the first day to the last, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a break cannot end before it begins")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days on which nothing falls due in a workspace.

    `country` is an ISO 3166 code and `region` one of its subdivisions in ISO 3166-2, both empty for
    no public holidays. `moves`: what would fall due on a day off comes on the next working day;
    else it does not come that time.
    """

    country: str = ""
    region: str = ""
    breaks: tuple[Break, ...] = ()
    moves: bool = True

    @property
    def is_empty(self) -> bool:
        return not self.country and not self.breaks

    def day_off(self, day: date) -> str | None:
        """Name why this is a day off; None for any other day, weekends too."""
        if any(one.first <= day <= one.last for one in self.breaks):
            return "Break"
        return _holidays(self.country, self.region, day.year).get(day) if self.country else None

    def is_off(self, day: date) -> bool:
        """Say whether this is a public holiday or within a break."""
        return self.day_off(day) is not None

    def is_working(self, day: date) -> bool:
        """Say whether what was moved may come on this day: no day off and no weekend."""
        return day.weekday() < _WEEKEND and not self.is_off(day)

    def next_working(self, day: date) -> date:
        """Find the first working day at or after `day`."""
        ahead = (day + timedelta(days=number) for number in range(_LONGEST_REST_DAYS))
        return next((one for one in ahead if self.is_working(one)), day)

    def days_off_began(self, day: date) -> date:
        """Find the first day of the rest in which `day` lies, `day` itself where there is none."""
        for _ in range(_LONGEST_REST_DAYS):
            if self.is_working(day - _ONE_DAY):
                return day
            day -= _ONE_DAY
        return day


ORDINARY = Calendar()
"""Without a day off."""


@lru_cache(maxsize=512)
def _holidays(country: str, region: str, year: int) -> dict[date, str]:
    import holidays  # takes a moment, and only who has a country needs it

    found: Any = holidays.country_holidays(country, subdiv=region or None, years=year)
    return dict(found)


@cache
def countries() -> dict[str, tuple[str, ...]]:
    """List the countries whose public holidays are known, each with its regions."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    return {code: tuple(regions) for code, regions in sorted(known.items())}


def checked(calendar: Calendar) -> Calendar:
    """Give the calendar back.

    Raises ValueError for a country or region that nobody knows, and for a break that is too long.
    """
    if calendar.country and calendar.country not in countries():
        raise ValueError(f"{calendar.country!r} is no country with known public holidays")
    if calendar.region and calendar.region not in countries().get(calendar.country, ()):
        raise ValueError(f"{calendar.region!r} is no region of {calendar.country!r}")
    for one in calendar.breaks:
        if one.last - one.first > timedelta(days=MOST_BREAK_DAYS):
            raise ValueError(f"a break takes {MOST_BREAK_DAYS} days at most")
    return calendar


@cache
def _zones() -> dict[str, str]:
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


def country_of(zone_name: str) -> str:
    """Propose the country of a time zone; empty for a zone of no single country."""
    country = _zones().get(zone_name, "")
    return country if country in countries() else ""


@cache
def country_names() -> dict[str, str]:
    """Name each country whose public holidays are known."""
    table = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    named = {row[0]: row[1] for row in rows}
    return {code: named[code] for code in countries() if code in named}


@cache
def region_names(country: str) -> dict[str, str]:
    """Name the regions of a country that have holidays of their own; none where none has."""
    regions = countries().get(country, ())
    if not regions:
        return {}
    import holidays

    found: Any = holidays.country_holidays(country)
    names: dict[str, list[str]] = found.get_subdivision_aliases()
    return {code: (names.get(code) or [code])[0] for code in regions}
