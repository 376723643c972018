"""A portfolio, the letter of a mentor, and the page-by-page text of either."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from bot.people.model import Role


class Content(StrEnum):
    """The parts of a portfolio that a mentee chooses, beside the check-ins that they pick."""

    STAGES = "stages"
    GOALS = "goals"
    CONFIDENCE = "confidence"


@dataclass(frozen=True, slots=True)
class Passage:
    """Words under a label of their own, which may be left out; whole, in several paragraphs."""

    label: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """One stage, goal or reflection of a document: its title, a line of facts, and its words."""

    title: str
    facts: str
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """Several entries of one kind."""

    title: str
    entries: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The contents of a portfolio, before it is set as a page or written as Markdown."""

    title: str
    subtitle: str
    note: str
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """The record of somebody's mentoring; nothing about the mentees.

    `minutes` is the time of the meetings whose length was noted, None where none was.
    """

    name: str
    role: Role
    programme: str
    first_on: date
    last_on: date
    groups: int
    meetings: int
    minutes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterWording:
    """The words of a programme's letters, of an operator's own if they like; and their logo.

    Paragraphs may name the fields of `rules.FIELDS` in braces. `logo` is a file beside the wording,
    described for those who cannot see it by `logo_alt`.
    """

    organisation: str
    opening: str
    paragraphs: tuple[str, ...]
    closing: str
    signed_by: tuple[str, ...] = ()
    logo: str | None = None
    logo_alt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """The makings of letters, portfolios and reports: wording, Typst templates, fonts.

    `logo` is the content of the file that the wording names.
    """

    wording: LetterWording
    letter: bytes
    portfolio: bytes
    accreditation: bytes
    year: bytes
    logo: bytes | None = None
    fonts: tuple[Path, ...] = ()
