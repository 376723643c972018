"""Consent to research, and the traits by which people of an export could be told apart."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from bot.kernel.ids import MemberId, WorkspaceId

OWN_VERSIONS = 1001
"""Texts that programmes write themselves are numbered from here on; those of the files end before.
"""
MOST_INTRODUCTION_CHARS = 1_500
K = 5
"""As many people at least share every combination of traits, and are in every export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentText:
    """The text that a member reads before they answer. A yes holds for this version alone."""

    version: int
    introduction: str
    given: tuple[str, ...]
    never: tuple[str, ...]
    withdrawal: str
    limits: str

    @property
    def digest(self) -> str:
        """Tell this wording from every other."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:32]

    @property
    def of_cairn(self) -> tuple[object, ...]:
        """Give the lines that say what an export does: no programme writes them itself."""
        return self.given, self.never, self.withdrawal, self.limits

    @property
    def is_own(self) -> bool:
        """Say whether a programme wrote it itself."""
        return self.version >= OWN_VERSIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentAnswer:
    """One answer of a member, numbered from 1; the last counts. `text` is the text's digest."""

    workspace_id: WorkspaceId
    member_id: MemberId
    number: int
    is_yes: bool
    version: int
    text: str
    answered_at: datetime

    def is_to(self, text: ConsentText) -> bool:
        """Say whether it holds for this text: for its version, or a later one of the files."""
        if text.is_own or self.version >= OWN_VERSIONS:
            return self.version == text.version
        return self.version >= text.version


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many members of a programme there are, and how many said yes to this version."""

    consented: int
    members: int

    @property
    def is_enough(self) -> bool:
        return self.consented >= K


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """The traits of a participant that somebody else may know; None where they are left out."""

    role: str | None
    cohort: str | None
    training_band: str | None
    framework: str | None
    entry_week: int | None
    exit_week: int | None
    exit_reason: str | None


@dataclass(frozen=True, slots=True)
class Anonymised:
    """Participants' traits in the order in which they came, and the steps of their weeks."""

    traits: tuple[Traits, ...]
    week_step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportColumn:
    """A column of an export: what it holds, and its values in words. `name` is also its heading.

    `kind` is a type of Table Schema: string, integer or boolean. `is_open` lets values that are
    not named in `values` stand, too.
    """

    name: str
    kind: str
    about: str
    values: Mapping[str, str] = field(default_factory=dict)
    is_required: bool = False
    least: int | None = None
    most: int | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportTable:
    """A table of an export. `refers` gives, for a column, the table whose key it names."""

    name: str
    about: str
    columns: tuple[ExportColumn, ...]
    key: tuple[str, ...]
    refers: Mapping[str, str] = field(default_factory=dict)


Cell = str | int | bool | None
ExportRow = tuple[Cell, ...]
