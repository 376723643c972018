"""The contents of a report about a programme: counts, shares, and words that were published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.kernel.ids import GroupId, MemberId
from bot.matching.model import EndReason
from bot.meetings.model import Length
from bot.people.model import Role
from bot.training.model import MentorTraining


@dataclass(frozen=True, slots=True)
class Share:
    """A share of people or of what they did, to the nearest five; None where too few are behind."""

    percent: int | None


@dataclass(frozen=True, slots=True)
class StageCell:
    """Stages from the `first` to the `last` of a framework (from 0), and the people in them."""

    first: int
    last: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRelease:
    """The mentees by stage at the end of a day, as it was shown first; it is never changed."""

    on: date
    framework_id: str
    levels: tuple[str, ...]
    cells: tuple[StageCell, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both included: a month, or a half-year."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatTerm:
    """A mentee and a mentor in a group, from one instant to another."""

    mentee_id: MemberId
    mentor_id: MemberId
    group_id: GroupId
    started_at: datetime
    ended_at: datetime | None
    end_reason: EndReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedMeeting:
    """A meeting as noted for one group, without who was there."""

    group_id: GroupId
    held_on: date
    minutes: int | None
    length: Length | None
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompted:
    """The check-ins that a mentee was asked for and did not skip, and whether each was written."""

    member_id: MemberId
    asked: tuple[tuple[datetime, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFacts:
    """All that is read of a programme for its reports, pulses and stages aside.

    `roles` are those of mentors on their seats; `met` says on which days whom a meeting names.
    """

    groups: Mapping[GroupId, str]
    seats: Sequence[SeatTerm]
    roles: Mapping[MemberId, Role]
    meetings: Sequence[NotedMeeting]
    met: Sequence[tuple[date, MemberId]]
    prompts: Sequence[Prompted]
    accepted: frozenset[MemberId]
    trained: frozenset[MemberId]
    training: Sequence[MentorTraining]
    goals: Sequence[tuple[MemberId, str]]
    pairs: int
    agreed: int
    rematched: int


@dataclass(frozen=True, slots=True)
class MeetingsRow:
    """The meetings of a group in a half-year: how many, in which months, the minutes noted."""

    group: str
    half_year: int
    meetings: int
    months: tuple[date, ...]
    minutes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """A month that is over: people with a seat by role, check-ins, and who was at a meeting."""

    month: date
    people: Mapping[Role, int]
    checkins: Share
    met: Mapping[Role, Share]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of the pulse, and its published result in words."""

    label: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRow:
    """A released round: its results in words and by band, and what was done, as published.

    `bands` counts results, the most favourable first, and last those of too few answers.
    """

    released_on: date
    statements: tuple[Statement, ...]
    bands: tuple[int, int, int, int]
    action: str | None = None
    action_on: date | None = None


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """A training by its name: how often, the last day, the mentors; None stands for under five."""

    name: str
    times: int
    last_on: date
    mentors: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """Agreements, goals, training and the code of conduct; counts that are None are under five."""

    conduct: Share
    agreements: Share
    goals: int | None
    with_goal: Share
    goals_done: int | None
    mentors_trained: Share
    peer_mentors_trained: Share
    trained: int | None


@dataclass(frozen=True, slots=True)
class SeatChanges:
    """Mentees who changed groups, mentors and mentees who left; None stands for under five."""

    rematched: int | None
    mentors_left: int | None
    mentees_left: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The contents of a programme's reports.

    `until` is the last day that is counted, `stages_due` the last on which stages were: later than
    the distribution that is shown where the one of that day is held back.
    """

    name: str
    starts_on: date
    ends_on: date
    is_closed: bool
    made_on: date
    until: date
    half_years: tuple[Span, ...]
    people: Mapping[Role, int]
    groups: int
    groups_met: int
    meetings_by_half_year: tuple[int, ...]
    minutes: int | None
    meetings: tuple[MeetingsRow, ...]
    months: tuple[MonthRow, ...]
    practice: Practice
    training: tuple[TrainingRow, ...]
    rounds: tuple[RoundRow, ...]
    stages: StageRelease | None
    stages_due: date | None
    changes: SeatChanges
