"""A kind of need, a line of its list, and the figures of a programme: logistics, never content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.kernel.ids import MemberId
from bot.kinds import ToDoKind

NEEDS = (
    ToDoKind.ASKED_TO_MOVE,
    ToDoKind.WAIT_FOR_SEAT,
    ToDoKind.MENTORS_AWAY,
    ToDoKind.GROUPS_NOT_MET,
    ToDoKind.GROUPS_GONE_QUIET,
    ToDoKind.CLAIMS_WAIT,
    ToDoKind.MENTORS_OVER_CAPACITY,
)
"""The kinds of what needs a coordinator in a programme under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedSummary:
    """How many there are of one kind, the names of the first, and since when the longest waits."""

    need: ToDoKind
    count: int
    names: tuple[str, ...]
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedLine:
    """One group or person that needs a coordinator.

    `id` is a group's or a member's. `people` are those to write to: the mentors, or the mentees of
    a mentor who is away. `count` and `limit` are a mentor's mentees and capacity. `why` is the
    reason noted for somebody who waits for a seat.
    """

    id: str
    name: str
    since: datetime
    people: tuple[MemberId, ...] = ()
    people_names: tuple[str, ...] = ()
    last_met: date | None = None
    until: datetime | None = None
    count: int = 0
    limit: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a programme: counts of groups, meetings and people, nobody by name.

    Meetings are counted over seven days up to now, and over the seven before. `wrote` counts the
    mentees who wrote a check-in in the last two weeks, of `mentees` who take part.
    """

    groups: int
    met: int
    met_lately: int
    meetings: int
    meetings_before: int
    mentees: int
    wrote: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAhead:
    """A day ahead in the calendar, and its name."""

    on: date
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeWeek:
    """A week of a programme as its coordinators see it."""

    figures: Figures
    coming: Sequence[DayAhead]
