"""Read time zones as people write them: a place is taken, anything else is a question. Pure."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import available_timezones

from bot.kernel.words import listed

_PLACES = (
    *("Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/"),
    *("Brazil/", "Canada/", "Chile/", "Europe/", "Indian/", "Mexico/", "Pacific/", "US/"),
)
"""How the name of a zone begins in which people live; `Etc/…` and `EST` are none."""
_ABBREVIATIONS: Mapping[str, str] = {
    "est edt et eastern est5edt": "America/New_York America/Toronto",
    "cst": "America/Chicago Asia/Shanghai America/Mexico_City",
    "cdt ct central cst6cdt": "America/Chicago America/Winnipeg",
    "mst mdt mt mountain mst7mdt": "America/Denver America/Phoenix America/Edmonton",
    "pst pdt pt pacific pst8pdt": "America/Los_Angeles America/Vancouver",
    "hst hawaii": "Pacific/Honolulu",
    "akst akdt alaska": "America/Anchorage",
    "ast adt atlantic": "America/Halifax Asia/Riyadh",
    "gmt greenwich": "Europe/London Africa/Accra",
    "utc z zulu uct universal": "Europe/London Africa/Accra Atlantic/Reykjavik",
    "bst": "Europe/London Asia/Dhaka",
    "ist": "Asia/Kolkata Europe/Dublin Asia/Jerusalem",
    "wet west": "Europe/Lisbon Atlantic/Canary",
    "cet cest met mez mesz": "Europe/Berlin Europe/Paris Europe/Rome",
    "eet eest": "Europe/Athens Europe/Helsinki Europe/Kyiv",
    "cat": "Africa/Maputo Africa/Harare",
    "eat": "Africa/Nairobi",
    "wat": "Africa/Lagos",
    "sast": "Africa/Johannesburg",
    "gst": "Asia/Dubai",
    "pkt": "Asia/Karachi",
    "sgt": "Asia/Singapore",
    "hkt": "Asia/Hong_Kong",
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "aest aedt": "Australia/Sydney Australia/Brisbane",
    "awst": "Australia/Perth",
    "nzst nzdt": "Pacific/Auckland",
    "brt": "America/Sao_Paulo",
}
MOST_SUGGESTIONS = 3


@lru_cache(maxsize=1_000)
def modern_zone(text: str) -> str | None:
    """Find the zone of a place by its IANA name in any case, or by an older name of it.

    None for what is no place where people live: an abbreviation, `Etc/GMT+5`, `Factory`.
    """
    return _by_name().get(_key(text))


@lru_cache(maxsize=1_000)
def account_zone(text: str) -> str | None:
    """Find the zone that an account in Slack names; None for what is no zone at all.

    By `Etc/GMT+5`, too, its owner's clocks are right: nobody has mistyped it.
    """
    return modern_zone(text) or (text if text in available_timezones() else None)


def suggested_zones(text: str) -> tuple[str, ...]:
    """Find the zones that somebody may have meant, MOST_SUGGESTIONS at most."""
    parts = re.split(r"[,;/()]|\s-\s", text)
    found = [zone for part in parts for zone in _by_place().get(_key(part), ())]
    if not found and not re.search(r"[+-]\s*\d", text):
        words = [_key(text), *re.findall(r"[^\W\d_]+", text.casefold())]
        found = [zone for word in words for zone in _abbreviated().get(word, ())]
    if not found:
        near = get_close_matches(_key(text), list(_by_name()), n=MOST_SUGGESTIONS, cutoff=0.75)
        found = [_by_name()[name] for name in near]
    if not found:
        near = get_close_matches(_key(text), list(_by_place()), n=1, cutoff=0.8)
        found = [zone for name in near for zone in _by_place()[name]]
    return tuple(dict.fromkeys(found))[:MOST_SUGGESTIONS]


def ask_for_zone(text: str) -> str:
    """Ask for a place in a zone's stead, as the end of a sentence."""
    if suggestions := suggested_zones(text):
        return f"is no place; did you mean {listed(suggestions, 'or')}?"
    return "is no place; write the zone of a city near them, such as Europe/London."


def _key(text: str) -> str:
    return re.sub(r"[\s_]+", "_", re.sub(r"\s*/\s*", "/", text.strip())).casefold()


def _lines(name: str) -> Iterable[list[str]]:
    text = (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))


@cache
def _by_name() -> Mapping[str, str]:
    """Look up modern names by every name of a place, in small letters."""
    here = available_timezones()
    lived_in = {cells[2] for cells in _lines("zone.tab")} & here
    links = {}
    for [line] in _lines("tzdata.zi"):
        if line.startswith("L "):
            _, target, name = line.split()
            links[name] = target
    found = {}
    for name in here:
        if name.startswith(_PLACES):
            target = name
            while target not in lived_in and target in links:
                target = links[target]
            found[name.casefold()] = target if target in here else name
    return found


@cache
def _by_place() -> Mapping[str, tuple[str, ...]]:
    """Look up zones by the city and the country in which they lie."""
    countries = {code: name.casefold() for code, name in map(tuple, _lines("iso3166.tab"))}
    found: dict[str, list[str]] = {}
    for cells in _lines("zone.tab"):
        code, zone = cells[0], cells[2]
        for place in (zone.rpartition("/")[2].casefold(), _key(countries.get(code, ""))):
            found.setdefault(place, []).append(zone)
    for name, zone in _by_name().items():
        found.setdefault(name.rpartition("/")[2], []).append(zone)
    return {place: tuple(dict.fromkeys(zones)) for place, zones in found.items()}


@cache
def _abbreviated() -> Mapping[str, tuple[str, ...]]:
    return {
        word: tuple(zones.split())
        for words, zones in _ABBREVIATIONS.items()
        for word in words.split()
    }
