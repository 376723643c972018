"""Define the facts and answers of the matching, and its proposals and pairings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.kernel.arrays import Numbers, Points
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.people.model import MENTORING as MENTORING  # noqa: PLC0414 - part of this room
from bot.people.model import Role as Role  # noqa: PLC0414 - part of what this room offers

Pair = tuple[str, str]
"""A mentee's id and a mentor's."""


class Bar(StrEnum):
    """Why two people must never be matched. A higher score cannot outweigh one."""

    SELF = "self"
    SUPERVISES = "supervises"
    EVALUATES = "evaluates"
    MANAGES = "manages"
    TREATS = "treats"
    AVOIDED = "avoided"
    FORBIDDEN = "forbidden"
    NO_SCORE = "no_score"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member as the matching sees them.

    `capacity` counts the mentees this person can still take as a mentor, `load` those they have
    already. `prefers` is ranked, best first, and names people by id. `avoid` is confidential:
    it binds both ways and is never shown as anybody's reason. `stage` is an ordinal position in
    the programme's framework. `utc_offset_minutes` is the person's offset when the programme
    starts. `earlier` are people with whom an earlier pairing went well.
    """

    id: str
    roles: frozenset[Role]
    name: str = ""
    capacity: int = 0
    load: int = 0
    stage: int | None = None
    department: str = ""
    site: str = ""
    utc_offset_minutes: int | None = None
    interests: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    prefers: tuple[str, ...] = ()
    avoid: frozenset[str] = frozenset()
    supervised_by: frozenset[str] = frozenset()
    earlier: frozenset[str] = frozenset()
    code_accepted: bool = True

    @property
    def label(self) -> str:
        """Name this person as a coordinator would."""
        return self.name or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """`senior_id` judges, manages or treats `junior_id` between two dates, or always.

    An open end has no date. `bar` is one of EVALUATES, MANAGES, TREATS or SUPERVISES.
    """

    senior_id: str
    junior_id: str
    bar: Bar
    starts: date | None = None
    ends: date | None = None

    def touches(self, term: "Term | None") -> bool:
        """Say whether the conflict holds on any day of `term`; without a term it always holds."""
        if term is None:
            return True
        return (self.starts is None or self.starts <= term.ends) and (
            self.ends is None or self.ends >= term.starts
        )


@dataclass(frozen=True, slots=True)
class Term:
    """First and last day of the pairing, both inclusive."""

    starts: date
    ends: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorTeam:
    """Mentors who share one group. `capacity` None means the sum of its mentors' capacities.

    A mentee is matched with the whole team: excluded if any mentor is, scored by their mean.
    """

    id: str
    mentors: tuple[str, ...]
    capacity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Points a criterion adds at its best; config/matching.yaml documents each one."""

    mentee_choice: float = 30.0
    mentor_choice: float = 15.0
    interests: float = 20.0
    languages: float = 10.0
    site: float = 8.0
    department: float = 4.0
    time_zone: float = 8.0
    stage: float = 8.0
    earlier: float = 12.0
    load_balance: float = 0.0
    group_stages: float = 5.0
    ranks_counted: int = 5
    interests_wanted: int = 3
    mentor_stages_ahead: int = 2
    peer_stages_ahead: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class ScoreTable:
    """Scores from outside: mentees[mentee_at[k]] with mentors[mentor_at[k]] is worth score[k].

    A pair without a row is forbidden; rows are unique and finite.
    """

    mentees: tuple[str, ...]
    mentors: tuple[str, ...]
    mentee_at: Numbers
    mentor_at: Numbers
    score: Points


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A proposed match. `mentors` has several names only for a team; `parts` are points by name."""

    mentee: str
    mentors: tuple[str, ...]
    score: float
    reason: str
    parts: Mapping[str, float] = field(default_factory=dict)
    team: str | None = None
    locked: bool = False

    @property
    def mentor(self) -> str:
        """Give the first, usually the only, mentor."""
        return self.mentors[0]


class Change(StrEnum):
    """The changes that can give somebody a seat."""

    CAPACITY = "capacity"
    LARGER_GROUPS = "larger_groups"
    NEW_MENTOR = "new_mentor"
    ACCEPT_CODE = "accept_code"
    GIVE_SCORE = "give_score"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A change that gives somebody a seat.

    `mentors` are a team's, with `name`; `seats` is its new capacity, or the new largest size of a
    group. A new mentor is one at `site`, where it says one, who is free to take the person.
    """

    change: Change
    name: str = ""
    mentors: tuple[str, ...] = ()
    seats: int = 0
    site: str = ""


Way = tuple[Advice, ...]
"""Changes that help when all of them are made."""


@dataclass(frozen=True, slots=True)
class Unseated:
    """A mentee without a mentor, why, and the smallest change that would help.

    `ways` are what `smallest_change` says, and not kept; each of them is enough.
    """

    mentee: str
    reason: str
    smallest_change: str
    ways: tuple[Way, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """The measure of a proposal's groups against the wishes about groups, with the proof.

    `exceptions` counts people lacking to the smallest size and kinds with one person in a group;
    fewer than `fewest_exceptions` cannot be. `few_seats` are the people lacking, beyond these, to
    groups whose mentors have fewer seats than the smallest size. `value` are the points of the
    matches with those for stages; no groups with as few exceptions can bring more than
    `upper_bound`.
    """

    exceptions: int
    fewest_exceptions: int
    value: float
    upper_bound: float
    few_seats: int = 0

    @property
    def gap(self) -> float:
        """Give the points missing to the bound."""
        return round(max(0.0, self.upper_bound - self.value), 6)

    @property
    def is_proven(self) -> bool:
        """Say whether no groups can have fewer exceptions, or as few and more points."""
        return self.exceptions <= self.fewest_exceptions and self.gap == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Matches with their proof.

    `total` is the sum of the scores, `balance_penalty` the points lost to uneven loads (0
    unless load_balance has a weight). No assignment that seats as many mentees can bring total
    less penalty above `upper_bound`, and none can seat more than `most_seats`; `gap` is what is
    missing to the bound.
    `worst` is the lowest score of any match. `advice` says what the whole would need.
    `composition` is None where nothing was wished about groups. `facts` are digests, by kind, of
    what it was made from.
    """

    matches: tuple[Match, ...]
    unseated: tuple[Unseated, ...]
    total: float
    balance_penalty: float
    upper_bound: float
    gap: float
    most_seats: int
    worst: float | None
    seed: int
    advice: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    composition: Composition | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


class ContradictionError(ValueError):
    """Constraints that cannot hold together; `sentences` names each one."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupWishes:
    """The wishes about groups. Sizes count mentees.

    `company` names attributes (site, department) in which nobody should be the only one of their
    kind in a group; who is the only one of their kind altogether is left out of account.
    `stages` is "mixed", "alike" or "any"; `stage_weight` are the points for one more stage in a
    group (mixed) or one stage less between lowest and highest (alike). `mentors` share a group.
    """

    min_size: int
    max_size: int
    mentors: int = 1
    stages: str = "any"
    stage_weight: float = 5.0
    company: tuple[str, ...] = ()


class ProposalState(StrEnum):
    """At most one proposal of a programme is open, and at most one approved."""

    OPEN = "open"
    APPROVED = "approved"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalVersion:
    """A version of a proposal, counted from 1. Approvals differ by id, also after an undo."""

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
    """The totals of a version; `exceptions`, those by few seats too, None without a measure."""

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
    TOOK_OVER = "took_over"
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

    def lasted_at(self, at: datetime) -> bool:
        """Say whether the two were together at that instant."""
        return self.started_at <= at and (self.ended_at is None or at < self.ended_at)

    def addressed_at(self, at: datetime) -> bool:
        """Say whether what was for the mentor at that instant was for this one.

        Never for a peer-mentor who sat beside a mentor then, and took over later.
        """
        return self.lasted_at(at) and self.end_reason is not EndReason.TOOK_OVER


MENTOR_LEFT = "Their mentor has left the programme."
WISHES_TO_MOVE = "Would like another group."
TO_BE_MOVED = "A coordinator is looking for another group."
WISHES_AND_MOVED = "Would like another group, and a coordinator is looking for one."
ANOTHER_GROUP = "Another group is being looked for."
"""Why somebody waits for another group than theirs, or than the one that they were to have."""
NOT_ACCEPTED = "They have not accepted the code of conduct."
CAME_LATER = "They joined, or came back, after the groups were made."


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A mentee who waits, in the order of `since`, and the group they keep meanwhile, if any."""

    member_id: MemberId
    since: datetime
    reason: str
    keeps_group: GroupId | None = None
