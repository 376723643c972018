"""Set a document or a letter as a PDF that screen readers can follow."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typst

from bot.kernel.errors import UserFacing
from bot.kernel.words import full_date
from bot.portfolio.model import Document, LetterFacts, Papers
from bot.portfolio.rules import filled_in

_NO_LETTER_FOR_IT = "could not be displayed with font"
"""The words of typst where no font at hand has a character: docs of PDF/UA-1 in typst."""


@dataclass(frozen=True, slots=True)
class Page:
    """A PDF, and whether every character of it could be drawn."""

    pdf: bytes
    is_whole: bool


def portfolio_pdf(document: Document, papers: Papers) -> Page:
    """Set a portfolio."""
    return whole_or_gaps(papers, papers.portfolio, asdict(document))


def letter_pdf(facts: LetterFacts, papers: Papers) -> bytes:
    """Set a letter. Raises UserFacing where the name has characters that no font here has."""
    wording = papers.wording
    data = {
        "organisation": wording.organisation,
        "opening": wording.opening,
        "paragraphs": filled_in(wording.paragraphs, facts),
        "closing": wording.closing,
        "signed_by": list(wording.signed_by),
        "made_on": full_date(facts.last_on),
        "logo": list(papers.logo) if papers.logo else None,
        "logo_alt": wording.logo_alt or wording.organisation,
    }
    try:
        return _compile(papers, papers.letter, data)
    except _NotDrawn:
        raise UserFacing(
            "No font here has all characters of your name or of the letter, so the letter would "
            "have gaps. Ask an administrator to install the Noto fonts on the machine on which "
            "Cairn runs, or write the name in other letters."
        ) from None


class _NotDrawn(Exception):
    """A character of the text is in no font."""


def whole_or_gaps(papers: Papers, template: bytes, data: Mapping[str, Any]) -> Page:
    """Set `data` by a template. Where a font lacks a character, the rest is set all the same."""
    try:
        return Page(_compile(papers, template, data), is_whole=True)
    except _NotDrawn:
        return Page(_compile(papers, template, data, is_accessible=False), is_whole=False)


def _compile(
    papers: Papers, template: bytes, data: Mapping[str, Any], *, is_accessible: bool = True
) -> bytes:
    """Compile a template with `data`, which it reads as JSON: nothing of it is taken for markup.

    The template sees no files at all.
    """
    try:
        return bytes(
            typst.compile(
                template,
                font_paths=_fonts(papers.fonts),
                sys_inputs={"data": json.dumps(data)},
                pdf_standards=["ua-1"] if is_accessible else [],
            )
        )
    except typst.TypstError as failure:
        if _NO_LETTER_FOR_IT in str(failure):
            raise _NotDrawn from None
        raise


@cache
def _fonts(folders: tuple[Path, ...]) -> typst.Fonts:
    """Look for fonts once: those of the system, and an operator's own."""
    return typst.Fonts(font_paths=list(folders))
