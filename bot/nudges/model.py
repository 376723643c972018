"""The contents of a mentor's weekly nudge."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from bot.kernel.ids import MemberId, WorkspaceId
from bot.stages.model import Level

NudgeId = NewType("NudgeId", str)


class Turn(StrEnum):
    """A mentee's turn between two check-ins. Logistics only, never what was written."""

    WAITING = "waiting"
    DUE = "due"
    WRITTEN = "written"
    LATER = "later"
    AWAY = "away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentee:
    """One mentee as the nudge sees them. Instants are UTC; None means never, or not planned.

    `asked_at` is when their last prompt fell due, `next_at` when the next one does.
    """

    id: MemberId
    name: str
    stage: Level
    last_checkin_at: datetime | None
    asked_at: datetime | None
    next_at: datetime | None
    is_away: bool


@dataclass(frozen=True, slots=True)
class Words:
    """A mentee's words under one heading."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A check-in that its writer lets the mentor read. `id` is the check-in's."""

    id: str
    name: str
    written_at: datetime
    stage: str
    words: tuple[Words, ...]
    confidence: int | None
    blocker: str | None
    with_group: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One question to try, and for whom."""

    name: str
    stage: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A mentee with where they stand and the instant that belongs to it."""

    name: str
    turn: Turn
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Met:
    """A group with the day of its latest recorded meeting, None before the first."""

    group_name: str
    last_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge:
    """The contents of one weekly message. `met` has one entry for each of the mentor's groups."""

    id: NudgeId
    lines: tuple[Line, ...]
    shared: tuple[Shared, ...]
    question: Question | None
    met: tuple[Met, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A nudge that fell due for a mentor: at most one for each local week.

    `week_on` is the Monday of that week in the mentor's zone. It covers what was shared from
    `shared_since` (None: from the beginning) up to `rules.told_until`.
    """

    id: NudgeId
    workspace_id: WorkspaceId
    mentor_id: MemberId
    week_on: date
    due_at: datetime
    shared_since: datetime | None
    put_off: bool = False
