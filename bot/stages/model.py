"""Competency frameworks, and the append-only history of a member's stages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.kernel.ids import MemberId, WorkspaceId


class Lens(StrEnum):
    """One of the three sides from which a check-in looks at a week."""

    THINK = "think"
    FEEL = "feel"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class LensPrompts:
    """The prompts of one lens at one level, in the order in which they were written."""

    lens: Lens
    prompts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One competency stage. `lenses` stand in the order in which this stage asks about them."""

    name: str
    summary: str
    lenses: tuple[LensPrompts, ...]
    mentor_questions: tuple[str, ...]

    def prompts(self, lens: Lens) -> tuple[str, ...]:
        """Give this level's prompts for `lens`; empty when the level does not use that lens."""
        return next((each.prompts for each in self.lenses if each.lens is lens), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """An ordered list of competency stages with what to ask at each.

    Levels are ordinal: they have a place in a row, never a distance, and are never averaged.
    """

    id: str
    name: str
    about: str
    levels: tuple[Level, ...]

    def level(self, name: str | None) -> Level | None:
        """Give the level called `name`, whatever its capitals; None when there is none."""
        wanted = (name or "").strip().casefold()
        return next((each for each in self.levels if each.name.casefold() == wanted), None)

    def position(self, name: str) -> int:
        """Where the level called `name` stands, from 0. Raises KeyError when there is none."""
        for position, level in enumerate(self.levels):
            if level.name == name:
                return position
        raise KeyError(name)


class StageEventKind(StrEnum):
    """What can be written into a member's stage history."""

    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    TALK_FIRST = "talk_first"
    WITHDRAWN = "withdrawn"
    STEPPED_BACK = "stepped_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEvent:
    """One line of a member's stage history. `number` counts from 1 for each member.

    `note` is the evidence of a claim, or what the mentor wants to talk about; it is never
    exported. `by` is the member who did it.
    """

    workspace_id: WorkspaceId
    member_id: MemberId
    number: int
    framework_id: str
    kind: StageEventKind
    from_level: str
    to_level: str
    note: str
    by: MemberId
    at: datetime


History = Sequence[StageEvent]
"""A member's events, oldest first."""


def subject(event: StageEvent) -> str:
    """How an outbox entry names a line of a member's history."""
    return f"{event.member_id}:{event.number}"


def read_subject(subject_id: str) -> tuple[MemberId, int]:
    """Give the member and the number in what `subject` wrote."""
    member_id, _, number = subject_id.rpartition(":")
    return MemberId(member_id), int(number)
