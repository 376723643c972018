"""Describe the rules by which something falls due, and what has fallen due."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from bot.kernel.clock import as_utc
from bot.kernel.ids import WorkspaceId


@dataclass(frozen=True, slots=True)
class Rule(ABC):
    """When something falls due. Written and read back as one line of text."""

    @abstractmethod
    def to_text(self) -> str:
        """Write one line that `Rule.from_text` reads back as an equal rule."""

    @staticmethod
    def from_text(text: str) -> "Rule":
        """Read what `to_text` wrote. Raises ValueError for anything else."""
        for kind in (Weekly, Daily, Once):
            if found := kind.PATTERN.fullmatch(text):
                return kind.from_match(found)
        raise ValueError(f"{text!r} is not a rule for when something is due")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly(Rule):
    """A weekday (0 is Monday) at a local time, in every n-th week.

    The week that holds `anchor` is one of those weeks; a week begins on Monday. `anchor` does not
    hold anything back: for a first date, use `not_before` where the rule is stored.
    """

    PATTERN = re.compile(r"weekly (\d) (\S+) every (\d+) from (\S+)")

    weekday: int
    at: time
    anchor: date
    every_weeks: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueError(f"{self.weekday} is not a weekday from 0 (Monday) to 6")
        if self.every_weeks < 1:
            raise ValueError("a rule cannot come round less often than every 1 week")
        _refuse_zoned(self.at)

    def to_text(self) -> str:
        return f"weekly {self.weekday} {self.at} every {self.every_weeks} from {self.anchor}"

    @classmethod
    def from_match(cls, found: re.Match[str]) -> "Weekly":
        return cls(
            weekday=int(found[1]),
            at=time.fromisoformat(found[2]),
            every_weeks=int(found[3]),
            anchor=date.fromisoformat(found[4]),
        )


@dataclass(frozen=True, slots=True)
class Daily(Rule):
    """Every day at a local time."""

    PATTERN = re.compile(r"daily (\S+)")

    at: time

    def __post_init__(self) -> None:
        _refuse_zoned(self.at)

    def to_text(self) -> str:
        return f"daily {self.at}"

    @classmethod
    def from_match(cls, found: re.Match[str]) -> "Daily":
        return cls(time.fromisoformat(found[1]))


@dataclass(frozen=True, slots=True)
class Once(Rule):
    """Once, at an instant (aware), whatever the zone."""

    PATTERN = re.compile(r"once (\S+)")

    instant: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "instant", as_utc(self.instant))

    def to_text(self) -> str:
        return f"once {self.instant.isoformat()}"

    @classmethod
    def from_match(cls, found: re.Match[str]) -> "Once":
        return cls(datetime.fromisoformat(found[1]).astimezone(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """When something is to fall due for one subject, in the IANA zone `tz`, and not before."""

    subject_id: str
    rule: Rule
    tz: str
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a rule comes round: its local date (None for a bare instant), and when."""

    day: date | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something that has fallen due, once for all the times that were missed.

    `due_at` is the latest of those times and `first_due_at` the earliest; they differ only when
    nobody claimed for longer than the rule's interval. `tz` is the IANA zone it was computed in.
    """

    workspace_id: WorkspaceId
    kind: str
    subject_id: str
    due_at: datetime
    first_due_at: datetime
    tz: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When a member wants to be written to, in their local time.

    Quiet from `quiet_from` until `quiet_until` (over midnight when the first is the later; never
    when they are equal), on `working_days` only (0 is Monday). Members who have chosen nothing have
    this default.
    """

    quiet_from: time = time(20)
    quiet_until: time = time(8)
    working_days: frozenset[int] = frozenset(range(5))

    def __post_init__(self) -> None:
        if not self.working_days or not self.working_days <= frozenset(range(7)):
            raise ValueError("a rhythm needs at least one weekday from 0 (Monday) to 6")
        _refuse_zoned(self.quiet_from)
        _refuse_zoned(self.quiet_until)


MOST_WEEKS_BETWEEN = 52


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A member's own plan in place of the programme's: how often, which day, what time.

    Raises ValueError for what no rule can follow.
    """

    every_weeks: int
    weekday: int
    at: time

    def __post_init__(self) -> None:
        if not (1 <= self.every_weeks <= MOST_WEEKS_BETWEEN and 0 <= self.weekday <= 6):
            raise ValueError("a choice is a weekday from 0 (Monday) to 6, at least once a year")
        _refuse_zoned(self.at)


def _refuse_zoned(at: time) -> None:
    if at.tzinfo is not None:
        raise ValueError("a rule's time is a wall-clock time without a zone")
