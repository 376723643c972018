"""The values of a programme that can be changed on the way, and each change."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from bot.kernel.ids import MemberId, ProgrammeId, SlackUserId, WorkspaceId
from bot.people.profiles import Profile
from bot.programme.model import CONCERN_HOURS, Programme, Shift, Template, Use
from bot.schedule.calendar import Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedContacts:
    """The contacts as members read them, and who hears of concerns."""

    crisis: str | None = None
    concern: str | None = None
    person: MemberId | None = None
    deputy: MemberId | None = None
    hours: int = CONCERN_HOURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """All of a programme that a change can concern, with its workspace's days off."""

    starts_on: date
    weeks: int
    framework_id: str
    template: Template
    shifts: tuple[Shift, ...]
    calendar: Calendar
    contacts: NamedContacts = NamedContacts()
    channel: str | None = None
    channel_confirmed: str | None = None


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
    """All from the week of `day` on comes so many `weeks` later; below 0, earlier."""

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
    next_on: date
    every_weeks: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUses:
    """All that the programme uses of what it may do without."""

    kind: Literal["uses"] = "uses"
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContacts:
    """Other contacts. Whoever is no member yet becomes one, without a role."""

    kind: Literal["contacts"] = "contacts"
    crisis: str
    concern: str
    person: Profile
    deputy: Profile
    hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChannel:
    """Another channel for digests, with what speaks against it and was `confirmed`."""

    kind: Literal["channel"] = "channel"
    channel: str
    confirmed: str = ""


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
    | NewUses
    | NewContacts
    | NewChannel
)
_CHANGE: TypeAdapter[Change] = TypeAdapter(Annotated[Change, Field(discriminator="kind")])
_COURSE = TypeAdapter(Course)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseChange:
    """The change of a programme with this `number`, and how all was before and after it.

    `by` is None once whoever made it is erased. It can be undone before `undo_until`, as long as
    nothing of it was changed since.
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
        contacts=NamedContacts(
            crisis=programme.crisis_contact,
            concern=programme.concern_contact,
            person=programme.concern_person,
            deputy=programme.concern_deputy,
            hours=programme.concern_hours,
        ),
        channel=programme.coordinator_channel,
        channel_confirmed=programme.channel_confirmed,
    )


def without_names(change: Change) -> Change:
    """Leave out of a change whom it names, who may be erased one day, and how they are reached."""
    if not isinstance(change, NewContacts):
        return change
    nobody = Profile(slack_user_id=SlackUserId(""), name="")
    return replace(change, crisis="", concern="", person=nobody, deputy=nobody)


def without_change(made: CourseChange, is_now: Course) -> Course | None:
    """Give a course as it was before a change; None where something of it was changed since.

    What a daily look found out about the channel is no change.
    """
    touched = [
        one.name
        for one in fields(Course)
        if getattr(made.before, one.name) != getattr(made.after, one.name)
    ]
    for name in touched:
        if name != "channel_confirmed" and getattr(is_now, name) != getattr(made.after, name):
            return None
    return replace(is_now, **{name: getattr(made.before, name) for name in touched})
