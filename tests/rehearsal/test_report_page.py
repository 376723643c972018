"""The report as a page: it needs nothing from elsewhere, and everybody can read it."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from bot.rehearsal import rules
from bot.rehearsal.model import Cell, PulseRound, Reader, Rehearsal, Sent, WithoutMentor
from runtime.rehearsal.page import as_html
from tests.support.demo import CHROMIUM, FLAGS

MONDAY = datetime(2026, 9, 7, 8, tzinfo=UTC)
ZONE = "Europe/London"
MENTEES = tuple(Reader(f"U{n}", f"Mentee <{n}>", "mentee", ZONE) for n in range(40))
ALICE = Reader("U0ALICE", "Alice", "mentor", ZONE)


def sent(who: Reader, week: int, at: timedelta = timedelta()) -> Sent:
    return Sent(
        recipient=who,
        message="checkin prompt",
        week=week,
        at=MONDAY + timedelta(weeks=week - 1) + at,
        counts=True,
        folded=False,
        held=timedelta(),
        outside_hours=False,
    )


FOUND = Rehearsal(
    template="A year & more",
    first_monday=date(2026, 9, 7),
    weeks=3,
    weekly_messages=3,
    recipients=(*MENTEES, ALICE),
    sent=(*(sent(one, week) for one in MENTEES for week in (1, 3)), sent(ALICE, 1)),
    rounds=(
        PulseRound(
            week=2,
            opens_at=MONDAY,
            closes_at=MONDAY + timedelta(days=6),
            eligible=40,
            cells=(
                Cell(cell="Group <1>", eligible=6, if_all_answer="reported", alone_per_cent=20),
                Cell(cell="Group 2", eligible=34, if_all_answer="reported", alone_per_cent=99),
            ),
        ),
    ),
    loads=(),
    unseated=(WithoutMentor("Bob <b>", "All are full.", "One more mentor."),),
    unset=("The contacts.",),
    lost={},
)


def test_many_people_are_shown_in_bands_and_few_by_name() -> None:
    numbers, rows = rules.heat(FOUND)

    assert numbers == (1, 2, 3)
    assert [(one.name, one.people) for one in rows][:1] == [("fifth 1, 1 to 8", 8)]
    assert [one.by_week for one in rows] == [*[(1, 0, 1)] * 5, (1, 0, 0)]
    assert rows[-1].name == "Alice"


def test_a_burst_ends_when_the_last_of_it_goes_at_slacks_rate() -> None:
    fullest = rules.bursts(FOUND)[0]

    assert (fullest.day, fullest.messages, fullest.run) == (date(2026, 9, 7), 41, 41)
    assert fullest.lasts == timedelta(seconds=41 * 60 / rules.SLACKS_RATE)


def test_a_group_is_named_that_likely_has_no_result_of_its_own() -> None:
    assert rules.without_result(FOUND) == (("Group <1>", 6, 20),)


def test_no_head_of_a_table_is_a_name_of_the_code() -> None:
    heads = re.findall(r"<th[^>]*>([^<]+)</th>", as_html(FOUND))

    assert "Asked" in heads
    assert [head for head in heads if re.search(r"[a-z][A-Z]|_", head)] == []


def test_the_page_takes_nothing_from_elsewhere_and_escapes_names() -> None:
    page = as_html(FOUND)

    assert not re.search(r"<script|https?://|src=|@import|url\(", page)
    assert "Bob &lt;b&gt;" in page
    assert "<b>" not in page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield opened
        opened.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 380])
def test_axe_finds_nothing_and_the_page_is_no_wider_than_its_window(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    (tmp_path / "report.html").write_text(as_html(FOUND), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto((tmp_path / "report.html").as_uri())

    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "scroll"
    page.close()
