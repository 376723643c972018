"""Read what letters, portfolios and reports are made of: wording, layouts, a logo and fonts."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from bot.portfolio.model import LetterWording, Papers
from bot.portfolio.rules import FIELDS, unknown_fields
from config.files import UnreadableFile, read_bytes

FOLDER = "letters"
WORDING, LETTER, PORTFOLIO, FONTS = "letter.yaml", "letter.typ", "portfolio.typ", "fonts"
ACCREDITATION, YEAR = "accreditation.typ", "year.typ"
LOGOS = (".png", ".jpg", ".svg")
MOST_BYTES = 300_000
"""Of a logo, which is printed 18 mm high."""

_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
_Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
Read = Callable[[Path, Callable[[object], LetterWording]], LetterWording | None]


class _Letter(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    organisation: _Line
    opening: _Line
    paragraphs: list[_Paragraph] = Field(min_length=1, max_length=10)
    closing: _Line
    signed_by: list[_Line] = Field(default_factory=list, max_length=6)
    logo: str | None = Field(default=None, pattern=r"^[\w-]+\.(png|jpg|svg)$")
    logo_alt: _Line | None = None

    @field_validator("paragraphs")
    @classmethod
    def _knows_its_fields(cls, paragraphs: list[str]) -> list[str]:
        for one in paragraphs:
            try:
                unknown = unknown_fields(one)
            except ValueError:
                raise PydanticCustomError("field", "has a brace without its other half") from None
            if unknown:
                known = ", ".join(f"{{{each}}}" for each in sorted(FIELDS))
                raise PydanticCustomError("field", f"names a field that is not one of {known}")
        return paragraphs


def letter_from(mapping: object) -> LetterWording:
    """Build the wording of letters that a YAML file describes."""
    values: dict[str, Any] = _Letter.model_validate(mapping).model_dump()
    lists = {name: tuple(values[name]) for name in ("paragraphs", "signed_by")}
    return LetterWording(**values | lists)


def is_paper(path: Path) -> bool:
    """Say whether a file of the folder is one that is read."""
    return path.name in (WORDING, LETTER, PORTFOLIO, ACCREDITATION, YEAR) or path.suffix in LOGOS


def read_papers(
    read: Read, folders: Sequence[Path], problems: list[str], *, named: Callable[[Path], str]
) -> Papers | None:
    """Read each file from the last of the folders that has it, or add a problem for one.

    `read` builds from a YAML file as the catalogue does, and adds its own problems.
    """
    homes = [folder / FOLDER for folder in folders]

    def latest(name: str) -> Path:
        found = (home / name for home in reversed(homes))
        return next((path for path in found if os.path.lexists(path)), homes[0] / name)

    def content(path: Path) -> bytes:
        try:
            return read_bytes(path, most_bytes=MOST_BYTES)
        except UnreadableFile as problem:
            problems.append(f"{named(path)} {problem}.")
            return b""

    path = latest(WORDING)
    wording = read(path, letter_from)
    if wording is None:
        return None
    return Papers(
        wording=wording,
        letter=content(latest(LETTER)),
        portfolio=content(latest(PORTFOLIO)),
        accreditation=content(latest(ACCREDITATION)),
        year=content(latest(YEAR)),
        logo=content(path.parent / wording.logo) if wording.logo else None,
        fonts=tuple(home / FONTS for home in homes if (home / FONTS).is_dir()),
    )
