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
    """One competency stage. `lenses` stand in the order in which this stage asks about them.

    `exit_criteria` say what to have behind one before claiming the next stage; people weigh them,
    and nothing is computed from them. The last stage has none.
    """

    name: str
    summary: str
    lenses: tuple[LensPrompts, ...]
    mentor_questions: tuple[str, ...]
    exit_criteria: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """Competency stages in order, with what to ask at each; they are never averaged."""

    id: str
    name: str
    about: str
    levels: tuple[Level, ...]

    def level(self, name: str | None) -> Level | None:
        """Give the level called `name`, whatever its capitals; None when there is none."""
        wanted = (name or "").strip().casefold()
        return next((each for each in self.levels if each.name.casefold() == wanted), None)

    def position(self, name: str) -> int:
        """Find where the level called `name` stands, from 0. Raises KeyError for none."""
        for position, level in enumerate(self.levels):
            if level.name == name:
                return position
        raise KeyError(name)


class StageEventKind(StrEnum):
    """The entries of a member's stage history."""

    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    TALK_FIRST = "talk_first"
    WITHDRAWN = "withdrawn"
    STEPPED_BACK = "stepped_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEvent:
    """A line of a member's history, numbered from 1. Its words are never exported.

    `note` and `met`, the exit criteria that its author says are met, are sealed: empty where the
    history was read without words, and `is_readable` is False where they cannot be opened.
    """

    workspace_id: WorkspaceId
    member_id: MemberId
    number: int
    framework_id: str
    kind: StageEventKind
    from_level: str
    to_level: str
    note: str = ""
    met: tuple[str, ...] = ()
    by: MemberId
    at: datetime
    is_readable: bool = True


History = Sequence[StageEvent]
"""A member's events, oldest first."""


def subject(event: StageEvent) -> str:
    """Name a line of a member's history, for an outbox entry."""
    return f"{event.member_id}:{event.number}"


def read_subject(subject_id: str) -> tuple[MemberId, int]:
    """Give the member and the number in what `subject` wrote."""
    member_id, _, number = subject_id.rpartition(":")
    return MemberId(member_id), int(number)
