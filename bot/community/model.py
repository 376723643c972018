"""A group's charter, and the training after which a mentee is offered the peer-mentor role."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.kernel.ids import GroupId, MemberId, WorkspaceId


class CharterTopic(StrEnum):
    """The questions that a charter answers, in the order in which they are read."""

    SPEAKING = "speaking"
    CONFIDENTIALITY = "confidentiality"
    SILENCE = "silence"
    DISAGREEING = "disagreeing"
    GOODBYE = "leaving"


class Stance(StrEnum):
    """The answers to one version of a charter: with it, or not for now, which nobody is told."""

    WITH_IT = "with_it"
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class CharterLine:
    """One line of a charter. Its text is None where nobody can read it any more."""

    id: str
    workspace_id: WorkspaceId
    group_id: GroupId
    topic: CharterTopic
    author_id: MemberId
    written_at: datetime
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charter:
    """A group's charter without its words, and its members who know of each other.

    `version` goes up with each line that is added, changed or taken out; 0 before the first.
    `stances` are those to this version.
    """

    workspace_id: WorkspaceId
    group_id: GroupId
    group_name: str
    members: frozenset[MemberId]
    is_running: bool
    version: int = 0
    changed_at: datetime | None = None
    line_count: int = 0
    stances: Mapping[MemberId, Stance] = field(default_factory=dict)

    @property
    def with_it(self) -> int:
        """Count the members who are with this version."""
        return sum(self.stances.get(one) is Stance.WITH_IT for one in self.members)


class OfferAnswer(StrEnum):
    """The answers to the offer of the peer-mentor role."""

    YES = "yes"
    LATER = "later"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerTraining:
    """A coordinator's note that somebody did the training, and what they said to the offer.

    `is_finished`: a programme in which they were a mentee has closed.
    """

    workspace_id: WorkspaceId
    member_id: MemberId
    trained_at: datetime
    answer: OfferAnswer | None
    answered_at: datetime | None
    is_finished: bool = False
