"""Answers about a mentoring relationship. The items are worded by us: adapted, unvalidated."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId


class Wave(StrEnum):
    """The moments at which a relationship is looked at."""

    T0 = "t0"
    T1 = "t1"
    T2 = "t2"
    T3 = "t3"


class Domain(StrEnum):
    """The domains of a relationship, and how it is in all."""

    TRUST = "trust"
    TIME = "time"
    EXPECTATIONS = "expectations"
    CANDOUR = "candour"
    GROWTH = "growth"
    CARE = "care"
    OVERALL = "overall"


class Side(StrEnum):
    """The side of a relationship from which somebody answers."""

    MENTEE = "mentee"
    MENTOR = "mentor"


SCALE = range(1, 8)
"""From not at all to completely."""
_BOTH = {
    Domain.TRUST: "We can rely on each other.",
    Domain.TIME: "We have enough time for each other, and keep to it.",
    Domain.EXPECTATIONS: "We both know what we expect of each other.",
    Domain.OVERALL: "All in all, this mentoring relationship is good.",
}
ITEMS: Mapping[Side, Mapping[Domain, str]] = {
    Side.MENTEE: _BOTH
    | {
        Domain.CANDOUR: "I can say openly what is difficult, and what I do not know.",
        Domain.GROWTH: "It helps me to become the physician whom I want to be.",
        Domain.CARE: "It matters here how I am, not only how I perform.",
    },
    Side.MENTOR: _BOTH
    | {
        Domain.CANDOUR: "I can say openly what I see, and hear what is difficult.",
        Domain.GROWTH: "I see my mentee grow as a physician.",
        Domain.CARE: "I know how my mentee is, not only how they perform.",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """One person's answers about another at a wave; what was left out is not in `answers`.

    One without any was put off; one that is not readable has lost its key.
    """

    workspace_id: WorkspaceId
    programme_id: ProgrammeId
    wave: Wave
    rater_id: MemberId
    other_id: MemberId
    group_id: GroupId
    side: Side
    rated_at: datetime
    answers: Mapping[Domain, int]
    is_readable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """Somebody to answer about: the other side of a relationship, at this moment."""

    member_id: MemberId
    name: str
    group_id: GroupId
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentedRating:
    """A rating that its rater lets research use; `other_id` only where the other does so, too."""

    wave: Wave
    rater_id: MemberId
    other_id: MemberId | None
    group_id: GroupId
    side: Side
    rated_at: datetime
    answers: Mapping[Domain, int]
