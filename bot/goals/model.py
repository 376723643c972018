"""A goal, and the append-only notes of how it goes."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId

GoalId = NewType("GoalId", str)


class GoalDomain(StrEnum):
    """The side of becoming a physician that a goal is about."""

    PRACTICE = "practice"
    COMMUNICATION = "communication"
    TEAM = "team"
    IDENTITY = "identity"
    TEACHING = "teaching"
    RESEARCH = "research"
    CAREER = "career"
    BALANCE = "balance"


class GoalStatus(StrEnum):
    """A goal is open until it is done or let go; either can be undone."""

    OPEN = "open"
    DONE = "done"
    LET_GO = "let_go"


class Progress(StrEnum):
    """How a goal has gone since the check-in before."""

    MOVED = "moved"
    SAME = "same"
    STUCK = "stuck"
    NOT_NOW = "not_now"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalDraft:
    """A goal as its author words it. Importance is 1 to 5; None where it was left out."""

    title: str
    next_step: str
    domain: GoalDomain
    due_on: date
    importance: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalNote:
    """One line of a goal's history, numbered from 1: never changed, deleted with its goal alone.

    Confidence is 0 to 10. `step_done` is the step that was done, in its author's words.
    """

    number: int
    at: datetime
    confidence: int | None = None
    progress: Progress | None = None
    step_done: str | None = None


@dataclass(frozen=True, slots=True)
class SeenGoal:
    """One's own goal as a form showed it; it travels in the form and holds no words."""

    goal_id: GoalId
    revision: int

    def pack(self) -> str:
        """Write the form's metadata."""
        return f"{self.goal_id}|{self.revision}"


def read_seen(packed: str) -> SeenGoal:
    """Read what `pack` wrote. Raises ValueError for anything else."""
    goal_id, revision = packed.split("|")
    return SeenGoal(GoalId(goal_id), int(revision))


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A member's goal with its history, oldest first.

    `shared_at` is None while its author alone may read it; else those may who were their mentors
    at that instant and still are. `revision` goes up at each change. `is_readable` is False where
    its words cannot be opened.
    """

    id: GoalId
    workspace_id: WorkspaceId
    member_id: MemberId
    programme_id: ProgrammeId
    status: GoalStatus
    due_on: date
    set_at: datetime
    ended_at: datetime | None = None
    shared_at: datetime | None = None
    revision: int = 1
    title: str
    next_step: str
    domain: GoalDomain
    importance: int | None = None
    is_readable: bool = True
    notes: tuple[GoalNote, ...] = ()

    @property
    def seen(self) -> SeenGoal:
        """Note what a form shows of it now."""
        return SeenGoal(self.id, self.revision)

    @property
    def is_open(self) -> bool:
        return self.status is GoalStatus.OPEN

    @property
    def draft(self) -> GoalDraft:
        """Give what can be worded anew."""
        return GoalDraft(
            title=self.title,
            next_step=self.next_step,
            domain=self.domain,
            due_on=self.due_on,
            importance=self.importance,
        )

    @property
    def confidences(self) -> tuple[int, ...]:
        """Give every confidence that was noted, oldest first."""
        return tuple(one.confidence for one in self.notes if one.confidence is not None)
