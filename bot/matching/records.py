"""What is kept of pairing: proposals as they were made, and the pairings that came of them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.matching.model import Bar, Proposal


class ProposalState(StrEnum):
    """At most one proposal of a programme is open, and at most one approved."""

    OPEN = "open"
    APPROVED = "approved"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalVersion:
    """One version of a programme's proposal. Versions count from 1 and never change their seed.

    `approval_id` names the approval, so that a second one after an undo is told from the first.
    """

    id: str
    workspace_id: WorkspaceId
    programme_id: ProgrammeId
    version: int
    state: ProposalState
    proposal: Proposal
    made_by: MemberId
    made_at: datetime
    approval_id: str | None = None
    decided_by: MemberId | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of a version, to compare it with another.

    `exceptions` are those of its groups; None where nothing was wished about groups.
    """

    version: int
    seated: int
    total: float
    gap: float
    exceptions: int | None = None


class EndReason(StrEnum):
    """Why a pairing ended. None of them says who wished it."""

    REMATCH = "rematch"
    MENTOR_LEFT = "mentor_left"
    MENTEE_LEFT = "mentee_left"
    PROGRAMME_CLOSED = "programme_closed"


class Method(StrEnum):
    """The ways in which a pairing comes about."""

    PROPOSED = "proposed"
    LOCKED = "locked"
    WAITLIST = "waitlist"
    REMATCH = "rematch"
    RESEATED = "reseated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """A mentee and a mentor together in a mentoring group, from one instant to another."""

    id: str
    workspace_id: WorkspaceId
    programme_id: ProgrammeId
    group_id: GroupId
    mentee_id: MemberId
    mentor_id: MemberId
    method: Method
    score: float
    reason: str
    started_at: datetime
    ended_at: datetime | None = None
    end_reason: EndReason | None = None


MENTOR_LEFT = "Their mentor has left the programme."
WISHES_TO_MOVE = "Would like another group."
TO_BE_MOVED = "A coordinator is looking for another group."
"""Why somebody with a group waits for another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A mentee who waits for a seat, in the order of `since`.

    `keeps_group` is the group they stay in while they wait for another; None for the unseated.
    """

    member_id: MemberId
    since: datetime
    reason: str
    keeps_group: GroupId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConflict:
    """`senior_id` judges, manages or treats `junior_id`, between two dates or always."""

    senior_id: MemberId
    junior_id: MemberId
    bar: Bar
    starts: date | None = None
    ends: date | None = None
