"""The outcome of a rehearsal: who was sent what and when, and what came of pulses and seats."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, Self

from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.schedule.calendar import ORDINARY, Calendar

WORKSPACE = WorkspaceId("T0REHEARSAL")
CHANNEL = "group channel"
"""Stands beside the roles of people: what a whole mentoring group reads together."""
POOLS = ("small groups together", "everybody")
REPORTED = "reported"
TOO_SMALL = ("too small to be reported alone", "too small to be reported")
"""For a group whose answers are counted with others', and for one whose answers are not counted."""


USUAL_RESPONSE = 70
"""Per cent: near the share of trainees who answer published surveys of such programmes (63)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How many of a hundred do what they are asked; whole numbers from 0 to 100.

    `conduct`: accept the code of conduct before groups are made. `checkins`: write when prompted.
    `meetings`: a group's monthly meeting is held. `claims`: claim a stage once. `mentors`: answer a
    claim. `pulse`: answer a pulse. `action`: the coordinator says what was done after one.
    """

    conduct: int = 100
    checkins: int = USUAL_RESPONSE
    meetings: int = USUAL_RESPONSE
    claims: int = USUAL_RESPONSE
    mentors: int = USUAL_RESPONSE
    pulse: int = USUAL_RESPONSE
    action: int = 100

    def __post_init__(self) -> None:
        for name in self.names():
            if not 0 <= getattr(self, name) <= 100:
                raise ValueError(f"{name}: a rate is a whole number from 0 to 100")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """List the names of the rates."""
        return tuple(one.name for one in fields(cls))

    @classmethod
    def of(cls, response: int, **finer: int) -> Self:
        """Give the rates of an overall response; the code of conduct and what was done are apart.

        Raises ValueError for a rate outside of 0 to 100, and for a name that is none.
        """
        unknown = finer.keys() - set(cls.names())
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))}: choose of {', '.join(cls.names())}")
        overall = dict.fromkeys(("checkins", "meetings", "claims", "mentors", "pulse"), response)
        return replace(cls(), **overall | finer)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody, or a group's channel. `kind` is a role or CHANNEL; `timezone` is an IANA name."""

    id: str
    name: str
    kind: str
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message that went out at `at`, in the programme's `week`.

    `counts` towards the weekly budget; `folded` into another message because that was used up;
    `held` is how long it waited; `outside_hours` by the recipient's clock, who has not said
    otherwise.
    """

    recipient: Reader
    message: str
    week: int
    at: datetime
    counts: bool
    folded: bool
    held: timedelta
    outside_hours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The people of a pulse who are counted together, and in plain words what becomes of them.

    `alone_per_cent` says how likely they have a result of their own at the chosen rate of answers.
    """

    cell: str
    eligible: int
    if_all_answer: str
    alone_per_cent: int = 100

    @property
    def is_pool(self) -> bool:
        return self.cell in POOLS

    @property
    def is_reported(self) -> bool:
        return self.if_all_answer == REPORTED


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseRound:
    """A pulse round, and the people asked in it."""

    week: int
    opens_at: datetime
    closes_at: datetime
    eligible: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """A mentor's mentees, and their capacity."""

    name: str
    mentees: int
    capacity: int


@dataclass(frozen=True, slots=True)
class WithoutMentor:
    """A mentee without a mentor, the reason, and the smallest change that would help."""

    name: str
    reason: str
    smallest_change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A programme as played. `first_monday` begins week 1; `lost` counts what was never sent.

    `done` counts what the simulated people did, `seconds` how long it took to play.
    """

    template: str
    first_monday: date
    weeks: int
    weekly_messages: int
    recipients: tuple[Reader, ...]
    sent: tuple[Sent, ...]
    rounds: tuple[PulseRound, ...]
    loads: tuple[Load, ...]
    unseated: tuple[WithoutMentor, ...]
    unset: tuple[str, ...]
    lost: Mapping[str, int]
    rates: Rates = field(default_factory=Rates)
    seed: int = 0
    done: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    calendar: Calendar = ORDINARY
    moved: Mapping[int, date] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def monday(self, week: int) -> date:
        """Find the Monday of a week; `moved` are those that breaks have moved."""
        return self.moved.get(week) or self.first_monday + timedelta(weeks=week - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindInWeek:
    """Messages of a week for people of one kind: how many of each, the least and most for one."""

    people: int
    least: int
    most: int
    messages: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One week of the calendar, for each kind of recipient that there is.

    `days_off` are its public holidays and days within a break, weekends aside.
    """

    week: int
    begins: date
    days_off: tuple[tuple[date, str], ...]
    kinds: Mapping[str, KindInWeek]


@dataclass(frozen=True, slots=True)
class Busiest:
    """The week in which somebody receives most."""

    recipient: Reader
    week: int
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalOrder:
    """A rehearsal that a coordinator asked for, with a copy of rows by their tables' names."""

    workspace_id: WorkspaceId
    programme_id: ProgrammeId
    by: MemberId
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(repr=False)
    rates: Rates
    seed: int
    now: datetime


@dataclass(frozen=True, slots=True)
class BusyDay:
    """A day with its messages, and when its longest burst ends at Slack's rate (UTC)."""

    day: date
    messages: int
    run: int
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A rehearsal in short, and the whole report as a page of HTML. No member is named in it.

    `kinds` name the columns of `weeks`: each a number, its Monday, the least and most messages for
    one person of each kind, and its days off. `groups` have a pulse, `unlikely` of them no result
    of their own more often than not.
    """

    template: str
    people: int
    messages: int
    rates: Rates
    seconds: float
    kinds: tuple[str, ...]
    weeks: tuple[tuple[int, date, tuple[tuple[int, int], ...], tuple[str, ...]], ...]
    days: tuple[BusyDay, ...]
    groups: int
    unlikely: int
    unseated: int
    held: int
    folded: int
    outside_hours: int
    unset: tuple[str, ...]
    page: bytes = field(repr=False)


Told = Callable[[float, str], Awaitable[None]]
"""Hears how far a rehearsal is, from 0 to 1, and the day at which it is."""
Rehearse = Callable[[RehearsalOrder, Told], Awaitable[Summary]]
"""Plays a rehearsal elsewhere than in the bot's loop. Raises UserFacing."""
