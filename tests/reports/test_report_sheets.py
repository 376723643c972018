"""The CSV files: what they hold, and that no spreadsheet runs anything of them."""

import csv
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.sheets import accreditation_sheets, as_bytes, as_zip, year_sheet
from tests.reports.pages import SIZES, report

FORMULAS = st.sampled_from("=+-@\t\r").flatmap(lambda sign: st.text().map(lambda one: sign + one))


def table(text: str) -> list[list[str]]:
    return [*csv.reader(io.StringIO(text, newline=""))]


@given(FORMULAS.filter(lambda one: "\0" not in one))
def test_no_cell_is_a_formula_whatever_groups_and_actions_are_called(words: str) -> None:
    its = report(2, 20, rounds=1, group_name=words, name=words, action=words)

    for sheet in (*accreditation_sheets(its).values(), year_sheet(its)):
        for row in table(sheet):
            for cell in row:
                if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
                    float(cell)  # a number is no formula


def test_the_files_hold_what_the_pages_hold() -> None:
    its = SIZES["usual"]
    files = {name: table(sheet) for name, sheet in accreditation_sheets(its).items()}

    assert len(files["meetings.csv"]) == 1 + len(its.meetings)
    assert [row[0] for row in files["participation.csv"][1:]] == [
        f"{one.month:%Y-%m}" for one in its.months
    ]
    assert [row[3] for row in files["meetings.csv"][1:]] == [str(r.meetings) for r in its.meetings]
    assert len(files["actions.csv"]) == 1 + len(its.rounds)
    assert [row[2] for row in files["stages.csv"][1:]] == ["21", "21", "22"]
    assert files["seats.csv"][1][1] == "fewer than 5"


@pytest.mark.parametrize("name", SIZES)
def test_every_row_of_a_sheet_is_as_long_as_its_head(name: str) -> None:
    its = SIZES[name]
    for sheet in (*accreditation_sheets(its).values(), year_sheet(its)):
        head, *rows = table(sheet)
        assert {len(row) for row in rows} <= {len(head)}


def test_files_open_with_their_letters_in_a_spreadsheet() -> None:
    content = as_zip({"a.csv": "Zoë\n"})

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read("a.csv") == as_bytes("Zoë\n") == b"\xef\xbb\xbfZo\xc3\xab\n"
