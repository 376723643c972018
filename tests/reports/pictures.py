"""Draw the pictures of the how-to about reports anew: python -m tests.reports.pictures."""

import json
from collections.abc import Mapping
from typing import Any

import typst

from bot.reports.typesetting import accreditation_data, year_data
from config.catalogue import load_catalogue
from tests.reports.pages import SIZES
from tests.support.source import ROOT

FOLDER = ROOT / "docs/images/reports"


def draw(template: bytes, data: Mapping[str, object], name: str) -> None:
    """Draw the first page of a report."""
    given = {"data": json.dumps(data)}
    pages: Any = typst.compile(template, format="png", ppi=96, sys_inputs=given)
    (FOLDER / name).write_bytes(pages[0] if isinstance(pages, list) else pages)


if __name__ == "__main__":
    papers = load_catalogue().papers
    draw(papers.accreditation, accreditation_data(SIZES["usual"]), "accreditation.png")
    draw(papers.year, year_data(SIZES["usual"]), "year.png")
