"""An agreement between a mentee and a mentor, and how far the two have come with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId


class PairSide(StrEnum):
    """The two sides of an agreement."""

    MENTEE = "mentee"
    MENTOR = "mentor"

    @property
    def other(self) -> "PairSide":
        return PairSide.MENTOR if self is PairSide.MENTEE else PairSide.MENTEE


class Aspect(StrEnum):
    """The subjects on which the two say what they expect, in the order in which they are asked."""

    GOALS = "goals"
    STEPS = "steps"
    FREQUENCY = "frequency"
    DURATION = "duration"
    WHERE = "where"
    CONFIDENTIALITY = "confidentiality"
    OFF_LIMITS = "off_limits"
    FEEDBACK = "feedback"
    ENDING = "ending"
    ENDS_ON = "ends_on"


Expectations = Mapping[Aspect, str]
"""A choice, an ISO date or words for each aspect; those that were left open are missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MentoringPair:
    """The two people of one pairing. `ended_at` is None while it lasts."""

    pairing_id: str
    workspace_id: WorkspaceId
    programme_id: ProgrammeId
    group_id: GroupId
    mentee_id: MemberId
    mentor_id: MemberId
    mentee_name: str
    mentor_name: str
    started_at: datetime
    ended_at: datetime | None

    @property
    def people(self) -> tuple[MemberId, MemberId]:
        return self.mentee_id, self.mentor_id

    def side_of(self, member_id: MemberId) -> PairSide:
        return PairSide.MENTEE if member_id == self.mentee_id else PairSide.MENTOR

    def name_of(self, side: PairSide) -> str:
        return self.mentee_name if side is PairSide.MENTEE else self.mentor_name


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementVersion:
    """One version of an agreement without its text. It counts once both sides have confirmed it.

    `revision` goes up with each change before that, and takes the other side's word back.
    """

    number: int
    revision: int
    written_by: PairSide
    written_at: datetime
    confirmed: frozenset[PairSide]
    agreed_at: datetime | None = None
    reviewed: frozenset[PairSide] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PairProgress:
    """The progress of a pair: who has answered and when, and the versions from the first on."""

    pair: MentoringPair
    filled: Mapping[PairSide, datetime] = field(default_factory=dict)
    versions: tuple[AgreementVersion, ...] = ()

    @property
    def are_both_filled(self) -> bool:
        return len(self.filled) == len(PairSide)

    @property
    def agreed(self) -> AgreementVersion | None:
        """Give the version that counts: the latest that both have confirmed."""
        return next((one for one in reversed(self.versions) if one.agreed_at), None)

    @property
    def draft(self) -> AgreementVersion | None:
        """Give the version that waits for somebody's word, if there is one."""
        return next((one for one in self.versions if one.agreed_at is None), None)
