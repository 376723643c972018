"""Reads a programme template from its YAML mapping."""

from datetime import time
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from bot.people.model import Role
from bot.programme.model import Milestone, Template

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_WEEKS = 104
FIRST_PREPARATION_WEEK = -12


def _weekday(value: object) -> int:
    if isinstance(value, str) and value.lower() in WEEKDAYS:
        return WEEKDAYS.index(value.lower())
    raise ValueError(f"write a day of the week: {', '.join(WEEKDAYS)}")


def _time(value: object) -> time:
    """A wall-clock time. YAML reads 09:00 without quotation marks as a number."""
    try:
        if isinstance(value, str) and len(value) == 5:
            return time.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError('write a time in quotation marks, such as "09:00"')


Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Weekday = Annotated[int, BeforeValidator(_weekday)]
WallTime = Annotated[time, BeforeValidator(_time)]
Rhythm = Annotated[int, Field(ge=1, le=26)]
Week = Annotated[int, Field(ge=1, le=MOST_WEEKS)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Checkins(_Section):
    first_week: Week
    every_weeks: Rhythm
    weekday: Weekday
    time: WallTime
    every_weeks_by_stage: dict[str, Rhythm] = Field(default_factory=dict)


class _Nudges(_Section):
    weekday: Weekday
    time: WallTime


class _Pulse(_Section):
    instrument: Id
    first_week: Week
    every_weeks: Rhythm
    weekday: Weekday
    time: WallTime
    open_days: int = Field(ge=3, le=14)
    cell_level: Literal["group", "programme"] = "group"
    comments: bool = False

    @model_validator(mode="after")
    def _close_before_the_next(self) -> "_Pulse":
        if self.open_days + 7 > 7 * self.every_weeks:
            raise ValueError("a week must lie between a round's close and the next; ask less often")
        return self


class _Groups(_Section):
    mentees_min: int = Field(ge=1, le=20)
    mentees_max: int = Field(ge=1, le=20)
    mentors: int = Field(ge=1, le=4)
    stages: Literal["any", "mixed", "alike"] = "any"
    company: list[Literal["site", "department"]] = Field(default_factory=list)

    @model_validator(mode="after")
    def _hold_somebody(self) -> "_Groups":
        if self.mentees_min > self.mentees_max:
            raise ValueError("mentees_min is more than mentees_max")
        return self


class _CalendarEntry(_Section):
    weeks: list[Annotated[int, Field(ge=FIRST_PREPARATION_WEEK, le=MOST_WEEKS)]] = Field(
        min_length=2, max_length=2
    )
    mentee: Words | None = None
    mentor: Words | None = None
    peer_mentor: Words | None = None
    coordinator: Words | None = None

    @model_validator(mode="after")
    def _go_forward(self) -> "_CalendarEntry":
        if self.weeks[0] > self.weeks[1]:
            raise ValueError("weeks ends before it begins")
        return self


class _Template(_Section):
    id: Id
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=75)]
    description: Words
    weeks: Week
    framework: Id
    checkins: _Checkins
    nudges: _Nudges
    pulse: _Pulse
    groups: _Groups
    calendar: list[_CalendarEntry] = Field(default_factory=list)

    @model_validator(mode="after")
    def _fit_into_its_weeks(self) -> "_Template":
        latest = {
            "checkins.first_week": self.checkins.first_week,
            "pulse.first_week": self.pulse.first_week,
            "calendar": max((entry.weeks[1] for entry in self.calendar), default=1),
        }
        for field, week in latest.items():
            if week > self.weeks:
                raise ValueError(f"{field} names week {week}, and there are {self.weeks} weeks")
        return self


def template_from(mapping: object) -> Template:
    """The template that a YAML file describes.

    Raises pydantic.ValidationError, whose errors name the field by its path, for anything missing,
    misspelt, out of range or at odds with another field.
    """
    read = _Template.model_validate(mapping)
    return Template(
        id=read.id,
        name=read.name,
        description=read.description,
        weeks=read.weeks,
        framework_id=read.framework,
        instrument_id=read.pulse.instrument,
        checkin_every_weeks=read.checkins.every_weeks,
        checkin_first_week=read.checkins.first_week,
        checkin_weekday=read.checkins.weekday,
        checkin_time=read.checkins.time,
        checkin_every_weeks_by_stage=tuple(read.checkins.every_weeks_by_stage.items()),
        nudge_weekday=read.nudges.weekday,
        nudge_time=read.nudges.time,
        pulse_every_weeks=read.pulse.every_weeks,
        pulse_first_week=read.pulse.first_week,
        pulse_weekday=read.pulse.weekday,
        pulse_time=read.pulse.time,
        pulse_open_days=read.pulse.open_days,
        pulse_cell_level=read.pulse.cell_level,
        pulse_comments=read.pulse.comments,
        mentees_per_group_min=read.groups.mentees_min,
        mentees_per_group_max=read.groups.mentees_max,
        mentors_per_group=read.groups.mentors,
        group_stages=read.groups.stages,
        group_company=tuple(read.groups.company),
        milestones=tuple(one for entry in read.calendar for one in _milestones(entry)),
    )


def _milestones(entry: _CalendarEntry) -> list[Milestone]:
    texts: dict[str, Any] = entry.model_dump(exclude={"weeks"}, exclude_none=True)
    return [
        Milestone(
            audience=Role(role), first_week=entry.weeks[0], last_week=entry.weeks[1], text=text
        )
        for role, text in texts.items()
    ]
