"""Files that Cairn writes are safe to open in a spreadsheet."""

import csv
import io
import re

from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.csv_text import as_csv, read_cell, safe_cell
from tests.support.source import ROOT, product


@given(st.text())
def test_no_cell_begins_as_a_formula_and_each_is_read_back(text: str) -> None:
    safe = safe_cell(text)

    assert not safe.startswith(("=", "@", "\t", "\r"))
    assert not safe.startswith(("+", "-")) or float(safe) is not None
    assert read_cell(safe) == text or text.startswith("'")


def test_numbers_stay_numbers() -> None:
    assert as_csv(("score",), [(-5.25,), ("-3",), (None,)]) == 'score\n-5.25\n-3\n""\n'


def test_names_that_are_formulas_are_marked_as_text() -> None:
    written = as_csv(("name",), [("=cmd|/C calc",), ("@SUM(A1:A9) 1",), ("-x",)])

    assert [row[0] for row in csv.reader(io.StringIO(written))][1:] == [
        "'=cmd|/C calc",
        "'@SUM(A1:A9) 1",
        "'-x",
    ]


def test_nothing_else_writes_csv() -> None:
    writers = [
        str(path.relative_to(ROOT))
        for path in product()
        if re.search(r"csv\.(Dict)?[wW]riter", path.read_text(encoding="utf-8"))
    ]

    assert writers == ["bot/kernel/csv_text.py"]


def test_a_carriage_return_within_a_cell_ends_no_row() -> None:
    text = as_csv(["said"], [["fine\r=1+1"], ["two\r\nlines"]])

    assert [*csv.reader(io.StringIO(text, newline=""))] == [
        ["said"],
        ["fine\n=1+1"],
        ["two\nlines"],
    ]
