"""Time zones as people write them."""

from zoneinfo import ZoneInfo

import pytest

from bot.people.time_zones import ask_for_zone, modern_zone, suggested_zones


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (" europe / berlin ", "Europe/Berlin"),
        ("america/new york", "America/New_York"),
        ("US/Eastern", "America/New_York"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Europe/Amsterdam", "Europe/Amsterdam"),
        ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ],
)
def test_a_place_where_people_live_is_taken_by_its_modern_name(written: str, zone: str) -> None:
    assert modern_zone(written) == zone
    assert ZoneInfo(zone)


@pytest.mark.parametrize(
    "written",
    ["EST", "GMT", "UTC", "Etc/GMT+5", "Etc/UTC", "Factory", "localtime", "posixrules", "IST",
     "CST", "BST", "EST5EDT", "Zulu", "GMT+1", "Kolkata", "", "x" * 600, "Europe - Africa"],
)  # fmt: skip
def test_what_is_no_place_is_never_taken_silently(written: str) -> None:
    assert modern_zone(written) is None
    assert ask_for_zone(written).startswith("is no place; ")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Kolkata", "Asia/Kolkata"),
        ("IST", "Asia/Kolkata"),
        ("IST", "Europe/Dublin"),
        ("BST", "Europe/London"),
        ("CST", "Asia/Shanghai"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC+01:00) Amsterdam, Berlin", "Europe/Berlin"),
        ("Japan", "Asia/Tokyo"),
        ("New York", "America/New_York"),
        ("Europe/Belrin", "Europe/Berlin"),
    ],
)
def test_likely_zones_are_suggested(written: str, meant: str) -> None:
    assert meant in suggested_zones(written)


@pytest.mark.parametrize("written", ["GMT+1", "UTC-5", "Etc/GMT+5"])
def test_an_offset_suggests_no_place_with_another(written: str) -> None:
    assert suggested_zones(written) == ()
