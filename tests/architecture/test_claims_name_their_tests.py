"""Each claim of the security and privacy pages names the test that holds it, or that none does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.source import ROOT

PAGES = (
    *("SECURITY.md", "docs/explanation/threat-model.md"),
    *("docs/explanation/for-the-security-office.md", "docs/explanation/impact-assessment.md"),
    *("docs/explanation/what-slack-keeps.md", "docs/explanation/at-rest.md"),
)
UNTESTED = "organisational, not tested"
HELD_BY = "Held by"
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def rows_of(page: str) -> Iterator[tuple[str, str]]:
    """Each row of a table: the last head, and the last cell."""
    head = ""
    for line in page.splitlines():
        if not line.startswith("|"):
            head = ""
            continue
        last = line.strip().strip("|").rpartition("|")[2].strip()
        if not head:
            head = last
        elif not re.fullmatch(r"-+", last):
            yield head, last


def unheld(page: str, root: Path = ROOT) -> list[str]:
    """The rows that name no test, or one that is not there."""
    found = []
    for head, cell in rows_of(page):
        if head != HELD_BY:
            found.append(f"a table without {HELD_BY!r}: {cell}")
        elif cell != UNTESTED and (missing := _missing(cell, root)):
            found.append(missing)
    return found


def _missing(cell: str, root: Path) -> str | None:
    rest = NAMED.sub("", cell).replace(",", "").strip()
    if rest or not NAMED.search(cell):
        return f"this is no list of tests: {cell}"
    for path, name in NAMED.findall(cell):
        if not (root / path).is_file():
            return f"there is no {path}"
        if name and name not in _functions(root / path):
            return f"there is no {name} in {path}"
    return None


def _functions(path: Path) -> set[str]:
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_claim_names_a_test_that_is_there(page: str) -> None:
    text = (ROOT / page).read_text()

    assert unheld(text) == []
    tested = [cell for _, cell in rows_of(text) if cell != UNTESTED]
    assert len(tested) >= 10


@pytest.mark.parametrize(
    "row",
    [
        "| a claim | |",
        "| a claim | we are careful |",
        "| a claim | `tests/nowhere/test_nothing.py` |",
        "| a claim | `tests/architecture/test_docs.py::test_nothing_of_the_kind` |",
        "| a claim | `tests/architecture/test_docs.py`, mostly |",
    ],
)
def test_a_claim_that_nothing_holds_is_seen(row: str) -> None:
    assert unheld(f"| Claim | {HELD_BY} |\n|---|---|\n{row}\n") != []
    assert unheld(f"| Claim | {HELD_BY} |\n|---|---|\n| a claim | {UNTESTED} |\n") == []
    assert unheld("| Claim | Why |\n|---|---|\n| a claim | because |\n") != []
