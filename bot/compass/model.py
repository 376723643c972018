"""A compass: guiding principles in a mentee's own words, version by version."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId

CompassId = NewType("CompassId", str)


class Ring(StrEnum):
    """The rings of the Ring Theory of Personhood, 10.1186/s12909-022-03589-z."""

    INNATE = "innate"
    INDIVIDUAL = "individual"
    RELATIONAL = "relational"
    SOCIETAL = "societal"


class Movement(StrEnum):
    """A change in how a principle stands: resonance, synchrony or disharmony.

    Of the Krishna-Pisupati model, PMC10598986, table 3.
    """

    STRONGER = "stronger"
    MOVED = "moved"
    PULLED = "pulled"


class Occasion(StrEnum):
    """The occasion on which a version is written; `CHANGE` is any time between the others."""

    START = "start"
    CHANGE = "change"
    MIDDLE = "middle"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principle:
    """One guiding principle. Its `number`, from 1, is the same in every version.

    `movements` and `note` say what became of it since the version before, at a look back.
    """

    number: int
    text: str
    ring: Ring | None = None
    movements: tuple[Movement, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """That somebody wrote a version, and when; never what."""

    programme_id: ProgrammeId
    phase: Occasion
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Compass:
    """One version of a compass, whole. It has no principles where its key is lost."""

    id: CompassId
    workspace_id: WorkspaceId
    member_id: MemberId
    programme_id: ProgrammeId
    phase: Occasion
    written_at: datetime
    principles: tuple[Principle, ...]
    is_readable: bool = True
