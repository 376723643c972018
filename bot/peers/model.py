"""A series of peer rounds, and who meets whom in one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType

from bot.kernel.clock import monday_of
from bot.kernel.ids import MemberId, ProgrammeId, SlackUserId, WorkspaceId
from bot.people.model import Role

SeriesId = NewType("SeriesId", str)
PeerRoundId = NewType("PeerRoundId", str)
PeerMeetingId = NewType("PeerMeetingId", str)
Pair = tuple[str, str]
"""The ids of two members, in order."""

SIZES = (2, 3)
MOST_WEEKS_APART = 8
MOST_ROUNDS = 52
MOST_SERIES = 5
"""In one programme at one time: more would fill everybody's weeks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerQuestions:
    """The questions that peers begin with. From config/peers.yaml."""

    general: tuple[str, ...]
    by_stage: Mapping[str, Sequence[str]]


class PeerReach(StrEnum):
    """Among whom peers meet: their group, the programme, or those like them across groups."""

    GROUP = "group"
    PROGRAMME = "programme"
    INTEREST = "interest"
    STAGE = "stage"


class SeriesState(StrEnum):
    """A series is active or paused until it has ended, which is for good."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class PeerRoundState(StrEnum):
    """A peer round is open until it is over; one that was skipped never began."""

    OPEN = "open"
    OVER = "over"
    SKIPPED = "skipped"


class PeerComing(StrEnum):
    """Whether a peer comes to this round, skips it, or has left or taken a break."""

    COMES = "comes"
    SKIPS = "skips"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPlan:
    """The choices of a coordinator. `first_on` is a Monday; without `rounds`, to the end."""

    roles: frozenset[Role]
    reach: PeerReach
    size: int
    every_weeks: int
    first_on: date
    rounds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerSeries:
    """A series under way. `seed` made its plans: the same people get the same plan again."""

    id: SeriesId
    workspace_id: WorkspaceId
    programme_id: ProgrammeId
    plan: SeriesPlan
    state: SeriesState
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRound:
    """One round of a series. `begins_on` is the day on which it is announced, by everybody's
    own clocks; `repeats` counts pairs who have met before, and `asked_at` is when it was asked
    whether they met."""

    id: PeerRoundId
    workspace_id: WorkspaceId
    series_id: SeriesId
    number: int
    begins_on: date
    state: PeerRoundState
    seed: int
    repeats: int = 0
    asked_at: datetime | None = None

    @property
    def monday(self) -> date:
        return monday_of(self.begins_on)

    @property
    def last_day(self) -> date:
        """Give the Sunday of the week in which peers meet."""
        return self.monday + timedelta(days=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerMeeting:
    """Those who come to a meeting, by their ids. `about` is what its pool is about."""

    id: PeerMeetingId
    about: str
    members: tuple[MemberId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Peers among whom a round is planned. `about` is a group's id or a stage, or empty."""

    key: str
    people: tuple[MemberId, ...]
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRounds:
    """The rounds planned for a pool: groups of members by round.

    `first_repeat` counts rounds from 1. `alone` are those for whom there is nobody: they are in no
    group of any round.
    """

    pool: Pool
    rounds: tuple[tuple[tuple[MemberId, ...], ...], ...] = ()
    first_repeat: int | None = None
    alone: tuple[MemberId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerFacts:
    """The facts behind a plan: the pools, and the pairs of members who must not meet.

    `unclear` counts those left out because a barrier of theirs names nobody who is known.
    """

    pools: tuple[Pool, ...]
    apart: frozenset[Pair]
    away: int = 0
    unclear: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesOutlook:
    """The sums of a series that could be. `sizes` counts the meetings of a round by size."""

    dates: tuple[date, ...]
    people: int
    sizes: Mapping[int, int]
    first_repeat: int | None
    pools_repeating: int
    pools: int
    alone: int
    away: int
    unclear: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSums:
    """A round in sums: its meetings, those held by at least one's word, those called off, and
    who skipped. Nobody is named, and nobody can be: who met whom is not told to coordinators."""

    round: PeerRound
    people: int
    meetings: int
    met: int
    called_off: int
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Somebody in one's meeting, as its other members see them."""

    member_id: MemberId
    slack_user_id: SlackUserId
    name: str
    coming: PeerComing


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPeers:
    """A member's meeting in a round, as they see it themselves.

    `said_met` is what they said, None while they have not; `was_held` is what anybody said.
    """

    round: PeerRound
    own_id: MemberId
    meeting_id: PeerMeetingId
    programme_id: ProgrammeId
    reach: PeerReach
    about: str
    coming: PeerComing
    others: tuple[Peer, ...] = field(default=())
    said_met: bool | None = None
    was_held: bool = False

    @property
    def company(self) -> tuple[Peer, ...]:
        """Give those of the others who come."""
        return tuple(one for one in self.others if one.coming is PeerComing.COMES)
