"""The values of a programme that can be changed on the way, and each change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.programme.model import Programme, Shift, Template
from bot.schedule.calendar import Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """All of a programme that a change can concern, with its workspace's days off."""

    starts_on: date
    weeks: int
    framework_id: str
    template: Template
    shifts: tuple[Shift, ...]
    calendar: Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStart:
    """The first day of a draft."""

    kind: Literal["start"] = "start"
    starts_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEnd:
    """The last week: that of `last_day`."""

    kind: Literal["end"] = "end"
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShift:
    """So many `weeks` that are not counted, from the week of `day` on."""

    kind: Literal["shift"] = "shift"
    day: date
    weeks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTimeOff:
    """Public holidays and breaks."""

    kind: Literal["time_off"] = "time_off"
    calendar: Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCheckins:
    """How often and when mentees are asked; `alike`: at every stage."""

    kind: Literal["checkins"] = "checkins"
    every_weeks: int
    weekday: int
    at: time
    alike: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNudges:
    """When mentors get their weekly message."""

    kind: Literal["nudges"] = "nudges"
    weekday: int
    at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPulses:
    """How often the pulse opens, and on which day next."""

    kind: Literal["pulses"] = "pulses"
    every_weeks: int
    next_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTemplate:
    """Another template: its calendar, cadence, uses and length."""

    kind: Literal["template"] = "template"
    template_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFramework:
    """Another competency framework."""

    kind: Literal["framework"] = "framework"
    framework_id: str


Change = (
    NewStart
    | NewEnd
    | NewShift
    | NewTimeOff
    | NewCheckins
    | NewNudges
    | NewPulses
    | NewTemplate
    | NewFramework
)
_CHANGE: TypeAdapter[Change] = TypeAdapter(Annotated[Change, Field(discriminator="kind")])
_COURSE = TypeAdapter(Course)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseChange:
    """The change of a programme with this `number`, and how all was before and after it.

    `by` is None once whoever made it is erased. It can be undone before `undo_until`, as long as
    nothing else was changed since.
    """

    workspace_id: WorkspaceId
    programme_id: ProgrammeId
    number: int
    by: MemberId | None
    at: datetime
    change: Change
    before: Course
    after: Course
    undo_until: datetime
    undone_at: datetime | None = None


def change_snapshot(change: Change) -> dict[str, object]:
    """Turn a change into JSON values; `change_from_snapshot` gives an equal one back."""
    values: dict[str, object] = _CHANGE.dump_python(change, mode="json")
    return values


def change_from_snapshot(snapshot: object) -> Change:
    """Read what `change_snapshot` wrote. Raises ValueError for anything else."""
    return _CHANGE.validate_python(snapshot)


def course_snapshot(course: Course) -> dict[str, object]:
    """Turn a course into JSON values; `course_from_snapshot` gives an equal one back."""
    values: dict[str, object] = _COURSE.dump_python(course, mode="json")
    return values


def course_from_snapshot(snapshot: Mapping[str, object]) -> Course:
    """Make the course of which `snapshot` was made."""
    return _COURSE.validate_python(snapshot)


def course_of(programme: Programme, calendar: Calendar) -> Course:
    """Take what a change can concern from a programme."""
    return Course(
        starts_on=programme.starts_on,
        weeks=programme.weeks,
        framework_id=programme.framework_id,
        template=programme.template,
        shifts=programme.shifts,
        calendar=calendar,
    )
