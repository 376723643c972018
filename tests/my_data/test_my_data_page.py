"""The page that a member gets can be read by everybody, on a phone too."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.my_data.page import as_page
from tests.support.accessible import problems_with

DATA: dict[str, Any] = {
    "about": "Bob <b>",
    "notes": ["It was made now.", "W" * 300],
    "data": {
        "Check-ins": [{"written_at": "2026-09-07", "entry": {"answers": [{"text": "W" * 300}]}}],
        "Goals": [],
    },
    "left_out": {"pulse_ballot": "No ballot can be tied to anybody."},
}


@pytest.mark.browser
def test_axe_finds_nothing_on_my_data(tmp_path: Path) -> None:
    assert problems_with(as_page(DATA), tmp_path) == []


def test_my_data_takes_nothing_from_elsewhere_and_names_no_table() -> None:
    page = as_page(DATA)

    assert not re.search(r"<script|https?://|src=|@import|url\(", page)
    assert "<b>" not in page
    assert "pulse_ballot" not in page
