"""Build what a programme is made of from YAML mappings.

Each function raises pydantic.ValidationError, whose errors name the field by its path, for
anything missing, misspelt, out of range, too long for a form, written twice or at odds with another
field. What stands in lists keeps the file's order.
"""

import math
from dataclasses import fields, replace
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from bot.kernel.words import listed
from bot.matching.model import Weights
from bot.people.model import CodeOfConduct, Role
from bot.programme.model import FIRST_PREPARATION_WEEK, USES_OF_EARLIER, Milestone, Template, Use
from bot.pulse.model import Instrument, Item, ItemUse
from bot.stages.model import Framework, Lens, LensPrompts, Level
from config.consent import RetentionEntry

MAX_PROMPT_CHARS = 150
"""A prompt is the label of an input block, which Slack cuts at 2,000; a phone shows about 150."""
MAX_EXIT_CRITERIA = 6
"""More than these are a checklist, and nobody talks about them."""
MAX_ITEMS = 15
"""A table in Slack has 20 columns, and a form longer than a minute is not filled in."""
MOST_WEEKS = 104
HIGHEST_WEIGHT = 1000.0
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _text(most: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=most)


Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Label = Annotated[str, _text(40)]
LevelName = Annotated[str, _text(60)]
Option = Annotated[str, _text(75)]
Prompt = Annotated[str, _text(MAX_PROMPT_CHARS)]
Words = Annotated[str, _text(300)]
Paragraph = Annotated[str, _text(600)]
Long = Annotated[str, _text(1000)]


class Section(BaseModel):
    """Describes a mapping of a YAML file."""

    model_config = ConfigDict(extra="forbid", strict=True)


def refuse_repeats(values: list[str]) -> list[str]:
    """Refuse what stands in a list twice, whatever its capitals."""
    seen: set[str] = set()
    for value in values:
        if value.casefold() in seen:
            raise ValueError(f"{value!r} stands here twice")
        seen.add(value.casefold())
    return values


class _Level(Section):
    name: LevelName
    summary: Words
    lenses: dict[str, list[Prompt]]
    mentor_questions: Annotated[list[Prompt], Field(min_length=1), AfterValidator(refuse_repeats)]
    exit_criteria: Annotated[
        list[Prompt], Field(max_length=MAX_EXIT_CRITERIA), AfterValidator(refuse_repeats)
    ] = []

    @field_validator("lenses")
    @classmethod
    def _know_the_lenses(cls, lenses: dict[str, list[str]]) -> dict[str, list[str]]:
        known = ", ".join(sorted(Lens))
        if not lenses:
            raise ValueError(f"name at least one lens of {known}")
        for lens, prompts in lenses.items():
            if lens not in set(Lens):
                raise ValueError(f"{lens!r} is not a lens; use {known}")
            if not prompts:
                raise ValueError(f"the lens {lens!r} needs at least one prompt")
            refuse_repeats(prompts)
        return lenses


class _Framework(Section):
    id: Id
    name: Words
    about: Words
    levels: list[_Level] = Field(min_length=2, max_length=12)

    @field_validator("levels")
    @classmethod
    def _tell_levels_apart(cls, levels: list[_Level]) -> list[_Level]:
        refuse_repeats([level.name for level in levels])
        last = levels[-1]
        if last.exit_criteria:
            raise ValueError(
                f"{last.name!r} is the last stage, so leave its exit_criteria out: they say what "
                "comes before claiming the next"
            )
        return levels


def framework_from(mapping: object) -> Framework:
    """Build the framework that a YAML file describes."""
    read = _Framework.model_validate(mapping)
    return Framework(
        id=read.id,
        name=read.name,
        about=read.about,
        levels=tuple(_level(level) for level in read.levels),
    )


def _level(level: _Level) -> Level:
    return Level(
        name=level.name,
        summary=level.summary,
        lenses=tuple(
            LensPrompts(Lens(lens), tuple(prompts)) for lens, prompts in level.lenses.items()
        ),
        mentor_questions=tuple(level.mentor_questions),
        exit_criteria=tuple(level.exit_criteria),
    )


class _Item(Section):
    id: Id
    about: Words = Field(alias="construct")  # the key itself is a name that pydantic uses
    label: Label
    text: Words
    reverse: bool
    place: str

    @field_validator("place")
    @classmethod
    def _know_the_place(cls, place: str) -> str:
        if place not in set(ItemUse):
            raise ValueError(f"{place!r} is not a place; use {', '.join(ItemUse)}")
        return place


class _Instrument(Section):
    id: Id
    version: int = Field(ge=1)
    title: Label
    note: Words
    purpose: Long
    scale: list[Option] = Field(min_length=5, max_length=5)
    decline: Option
    items: list[_Item] = Field(min_length=1, max_length=MAX_ITEMS)

    @field_validator("items")
    @classmethod
    def _tell_items_apart(cls, items: list[_Item]) -> list[_Item]:
        for name in ("id", "label"):
            values = [getattr(item, name) for item in items]
            if twice := next((value for value in values if values.count(value) > 1), None):
                raise ValueError(f"the {name} {twice!r} stands here twice")
        if not any(item.place == ItemUse.CORE for item in items):
            raise ValueError("at least one item needs the place 'core'")
        return items


def instrument_from(mapping: object) -> Instrument:
    """Build the instrument that a YAML file describes."""
    read = _Instrument.model_validate(mapping)
    items = [
        Item(**item.model_dump(by_alias=True) | {"place": ItemUse(item.place)})
        for item in read.items
    ]
    given = read.model_dump(exclude={"scale", "items"})
    return Instrument(**given, scale=tuple(read.scale), items=tuple(items))


def _weekday(value: object) -> int:
    if isinstance(value, str) and value.lower() in WEEKDAYS:
        return WEEKDAYS.index(value.lower())
    raise ValueError(f"write a day of the week: {', '.join(WEEKDAYS)}")


def _time(value: object) -> time:
    """Read a wall-clock time. YAML reads 09:00 without quotation marks as a number."""
    try:
        if isinstance(value, str) and len(value) == 5:
            return time.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError('write a time in quotation marks, such as "09:00"')


Weekday = Annotated[int, BeforeValidator(_weekday)]
WallTime = Annotated[time, BeforeValidator(_time)]
EveryWeeks = Annotated[int, Field(ge=1, le=26)]
Week = Annotated[int, Field(ge=1, le=MOST_WEEKS)]
AnyWeek = Annotated[int, Field(ge=FIRST_PREPARATION_WEEK, le=MOST_WEEKS)]


class _Moment(Section):
    weekday: Weekday
    time: WallTime


class _Recurrence(_Moment):
    first_week: Week
    every_weeks: EveryWeeks


class _Checkins(_Recurrence):
    every_weeks_by_stage: dict[str, EveryWeeks] = Field(default_factory=dict)


class _Pulse(_Recurrence):
    instrument: Id
    open_days: int = Field(ge=3, le=14)
    cell_level: Literal["group", "programme"] = "group"
    comments: bool = False

    @model_validator(mode="after")
    def _close_before_the_next(self) -> "_Pulse":
        if self.open_days + 7 > 7 * self.every_weeks:
            raise ValueError("a week must lie between a round's close and the next; ask less often")
        return self


class _Groups(Section):
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


class _CalendarEntry(Section):
    weeks: list[AnyWeek] = Field(min_length=2, max_length=2)
    mentee: Words | None = None
    mentor: Words | None = None
    peer_mentor: Words | None = None
    coordinator: Words | None = None

    @model_validator(mode="after")
    def _go_forward(self) -> "_CalendarEntry":
        if self.weeks[0] > self.weeks[1]:
            raise ValueError("weeks ends before it begins")
        return self


class _Template(Section):
    id: Id
    name: Option
    description: Words
    weeks: Week
    framework: Id
    uses: dict[str, AnyWeek] = Field(
        default_factory=lambda: {str(use): week for use, week in USES_OF_EARLIER}
    )
    checkins: _Checkins
    nudges: _Moment
    pulse: _Pulse
    groups: _Groups
    retention: RetentionEntry = RetentionEntry()
    calendar: list[_CalendarEntry] = Field(default_factory=list)

    @field_validator("uses")
    @classmethod
    def _know_what_is_used(cls, uses: dict[str, int]) -> dict[str, int]:
        if unknown := uses.keys() - set(Use):
            raise ValueError(
                f"{listed(sorted(unknown))} is nothing that a programme may use; choose from "
                f"{', '.join(Use)}"
            )
        return uses

    @model_validator(mode="after")
    def _fit_into_its_weeks(self) -> "_Template":
        latest = {
            "checkins.first_week": self.checkins.first_week,
            "pulse.first_week": self.pulse.first_week,
            "calendar": max((entry.weeks[1] for entry in self.calendar), default=1),
            **{f"uses.{use}": week for use, week in self.uses.items()},
        }
        for field, week in latest.items():
            if week > self.weeks:
                raise ValueError(f"{field} names week {week}, and there are {self.weeks} weeks")
        return self


def template_from(mapping: object) -> Template:
    """Build the template that a YAML file describes."""
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
        keep_words_days=read.retention.words_days,
        keep_names_days=read.retention.names_days,
        keep_notice_days=read.retention.notice_days,
        mentees_per_group_min=read.groups.mentees_min,
        mentees_per_group_max=read.groups.mentees_max,
        mentors_per_group=read.groups.mentors,
        group_stages=read.groups.stages,
        group_company=tuple(read.groups.company),
        uses=tuple((Use(name), week) for name, week in read.uses.items()),
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


class _Conduct(Section):
    introduction: Paragraph
    promises: list[Paragraph] = Field(min_length=1, max_length=20)
    limits: list[Paragraph] = Field(min_length=1, max_length=10)


def conduct_from(mapping: object) -> CodeOfConduct:
    """Build the code of conduct that a YAML file describes."""
    read = _Conduct.model_validate(mapping)
    return CodeOfConduct(
        introduction=read.introduction, promises=tuple(read.promises), limits=tuple(read.limits)
    )


_MAPPING = TypeAdapter(dict[str, Any])
_DEFAULTS = {f.name: f.default for f in fields(Weights)}


def weights_from(start: Weights, mapping: object) -> Weights:
    """Put the weights that a file names in place of those in `start`."""
    given = _MAPPING.validate_python(mapping)
    problems = [
        InitErrorDetails(type=PydanticCustomError("weight", why), loc=(name,), input=value)
        for name, value in given.items()
        if (why := _wrong(name, value))
    ]
    if problems:
        raise ValidationError.from_exception_data("weights", problems)
    return replace(start, **given)


def _wrong(name: str, value: object) -> str:
    """Say what is wrong with one weight, as the end of a sentence; nothing if it is good."""
    if name not in _DEFAULTS:
        return f"is no weight; use {', '.join(_DEFAULTS)}"
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return f"must be a number, not {value!r}"
    if isinstance(_DEFAULTS[name], int):
        least = 0 if name.endswith("_ahead") else 1
        if not isinstance(value, int) or not least <= value <= 100:
            return f"must be a whole number from {least} to 100"
    lowest = 0.0 if name in ("load_balance", "group_stages") else -HIGHEST_WEIGHT
    if not lowest <= value <= HIGHEST_WEIGHT:
        return f"must lie between {lowest:g} and {HIGHEST_WEIGHT:g}"
    return ""
