"""What a rehearsal saw, and what is said about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

CHANNEL = "group channel"
"""Stands beside the roles of people: what a whole mentoring group reads together."""


@dataclass(frozen=True, slots=True)
class Recipient:
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

    recipient: Recipient
    message: str
    week: int
    at: datetime
    counts: bool
    folded: bool
    held: timedelta
    outside_hours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A part of a pulse that is reported on, were everybody to answer. `fate` in plain words."""

    name: str
    eligible: int
    fate: str
    is_reported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseRound:
    """A pulse, with who would be asked."""

    week: int
    opens_at: datetime
    closes_at: datetime
    eligible: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """A mentor's mentees, and how many there is room for."""

    name: str
    mentees: int
    capacity: int


@dataclass(frozen=True, slots=True)
class Unseated:
    """A mentee for whom there was no mentor, why, and what would help."""

    name: str
    reason: str
    smallest_change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """All that was seen. `first_monday` begins week 1; `lost` counts what was never sent."""

    template: str
    first_monday: date
    weeks: int
    weekly_messages: int
    recipients: tuple[Recipient, ...]
    sent: tuple[Sent, ...]
    rounds: tuple[PulseRound, ...]
    loads: tuple[Load, ...]
    unseated: tuple[Unseated, ...]
    unset: tuple[str, ...]
    lost: Mapping[str, int]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KindInWeek:
    """What the people of one kind receive in a week: in all, and the least and most for one."""

    kind: str
    people: int
    least: int
    most: int
    messages: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One week of the calendar, for each kind of recipient that there is."""

    week: int
    begins: date
    kinds: tuple[KindInWeek, ...]


@dataclass(frozen=True, slots=True)
class Busiest:
    """The week in which somebody receives most."""

    recipient: Recipient
    week: int
    messages: int
