"""The PDFs: how many pages, what stands on them, and whether screen readers find their way."""

import json
from typing import Any

import pytest
import typst
from pypdf import PageObject, PdfReader

from bot.reports.model import Report
from bot.reports.text import LEFT_OUT, MADE_OF, NO_MONTH, NO_ROUND, NO_STAGES
from bot.reports.typesetting import accreditation_pdf, year_data, year_pdf
from tests.portfolio.test_portfolio_papers import PAPERS, read, words_of
from tests.reports.pages import LABELS, SIZES, report


@pytest.mark.parametrize("its", SIZES.values(), ids=SIZES)
def test_a_year_is_one_page_whatever_there_is_to_say(its: Report) -> None:
    page = year_pdf(its, PAPERS)

    assert len(read(page.pdf).pages) == 1
    said = squeezed(page.pdf)
    for chart in year_data(its)["charts"]:
        assert squeeze(chart["title"]) in said
        assert squeeze(chart["said"]) in said


def squeeze(words: str) -> str:
    """Without spaces and hyphens, which the end of a line adds and takes."""
    return (
        "".join(words.split()).replace("-", "").replace("’", "'").translate({0xAD: "", 0x200B: ""})
    )


def squeezed(pdf: bytes) -> str:
    return squeeze(words_of(pdf))


@pytest.mark.parametrize("name", ["nobody", "one group", "usual", "twenty"])
def test_the_accreditation_report_has_every_group_month_and_pulse(name: str) -> None:
    its = SIZES[name]
    pages = read(accreditation_pdf(its, PAPERS).pdf)
    said = squeeze(" ".join(page.extract_text() for page in pages.pages))

    for row in its.meetings:
        assert squeeze(row.group) in said
    for one in its.rounds:
        assert squeeze(one.action or "") in said
    for sentence in (*MADE_OF, LEFT_OUT):
        assert squeeze(sentence) in said
    assert said.count("Checkinswrittenofthosedue") >= bool(its.months)
    assert (squeeze(NO_STAGES) in said) == (its.stages is None)
    assert (squeeze(NO_ROUND) in said) == (not its.rounds)
    assert (squeeze(NO_MONTH) in said) == (not its.months)


def test_tables_of_many_groups_go_on_over_pages_with_their_heads_again() -> None:
    pages = texts(accreditation_pdf(SIZES["714 groups"], PAPERS).pdf)

    middle = [page for page in pages if "Group 3" in page and "Sep 2026" in page]
    assert 20 < len(pages) < 60
    assert len(middle) > 3
    assert all("Half-year" in page and "Time noted" in page for page in middle)


def test_long_names_wrap_and_letters_beyond_latin_are_drawn() -> None:
    its = report(3, 20, group_name="Ψυχιατρική Łódź Кардиология · the longest of all names ")
    page = accreditation_pdf(its, PAPERS)

    assert page.is_whole
    assert "ΨυχιατρικήŁódźКардиология" in squeezed(page.pdf)


def texts(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in read(pdf).pages]


def test_screen_readers_find_title_language_structure_and_a_sentence_for_each_chart() -> None:
    its = SIZES["usual"]
    for page in (accreditation_pdf(its, PAPERS), year_pdf(its, PAPERS)):
        found = read(page.pdf)
        root = str(found.trailer["/Root"])
        assert "'/Lang': 'en'" in root
        assert "'/Marked': True" in root
        assert found.metadata is not None
        assert "Mentoring 2026" in (found.metadata.title or "")

    alts = alternatives(read(year_pdf(its, PAPERS).pdf))
    assert alts == [chart["said"] for chart in year_data(its)["charts"]]


def alternatives(pdf: PdfReader) -> list[str]:
    """The texts that stand for pictures, in the order of the page."""
    found: list[str] = []

    def look(node: object) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for one in node:
                look(one)
        elif isinstance(node, dict):
            if "/Alt" in node:
                found.append(str(node["/Alt"]))
            if "/K" in node:
                look(node["/K"])

    look(pdf.trailer["/Root"]["/StructTreeRoot"])  # type: ignore[index]
    return found


def test_nothing_of_the_data_is_taken_for_markup() -> None:
    its = report(2, 20, name="#panic() *bold* $x$ [a] <b>", action='#read("/etc/passwd") @here')

    for page in (accreditation_pdf(its, PAPERS), year_pdf(its, PAPERS)):
        said = squeezed(page.pdf)
        assert "#panic()*bold*$x$[a]<b>" in said
        assert '#read("/etc/passwd")' in said.replace("“", '"').replace("”", '"')


def test_a_sentence_that_a_chart_draws_is_the_one_below_it() -> None:
    its = SIZES["usual"]
    bars = {one["title"]: one["bars"] for one in year_data(its)["charts"]}

    assert [count for _, count, _ in bars["Meetings by half-year"]] == [*its.meetings_by_half_year]
    assert [share for _, share in bars["Check-ins written of those due"]] == [
        one.checkins.percent for one in its.months
    ]
    assert sum(count for _, count, _ in bars["Mentees by competency stage"]) == 64
    assert len(bars["What the pulse says, by release"]) == len(its.rounds) == 7
    assert len(LABELS) == 5


def test_pages_can_be_drawn_as_pictures() -> None:
    data = json.dumps(year_data(SIZES["usual"]))

    picture = typst.compile(PAPERS.year, format="png", ppi=40, sys_inputs={"data": data})

    assert bytes(picture).startswith(b"\x89PNG")


def test_a_word_without_end_stays_on_the_page() -> None:
    its = report(1, 20, name="W" * 75, group_name="X" * 75, action="Y" * 200)

    for make in (year_pdf, accreditation_pdf):
        right = [
            x + size * len(text) / 3
            for page in read(make(its, PAPERS).pdf).pages
            for text, x, size in spoken_at(page)
        ]
        assert max(right) < 595, "an A4 page is as wide"


def spoken_at(page: PageObject) -> list[tuple[str, float, float]]:
    """Each run of text, where it begins and its size, in points."""
    found: list[tuple[str, float, float]] = []

    def note(text: str, matrix: Any, place: Any, _font: object, size: float) -> None:
        found.append((text.strip(), matrix[4] + place[4], abs(size)))

    page.extract_text(visitor_text=note)
    return found
