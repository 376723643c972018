"""Read a competency framework from its YAML mapping."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from bot.stages.model import Framework, Lens, LensPrompts, Level

MAX_PROMPT_CHARS = 150
"""A prompt is the label of an input block, which Slack cuts at 2,000; a phone shows about 150."""

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
LevelName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Prompt = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_PROMPT_CHARS)
]


def _refuse_repeats(values: list[str]) -> list[str]:
    seen: set[str] = set()
    for value in values:
        if value.casefold() in seen:
            raise ValueError(f"{value!r} stands here twice")
        seen.add(value.casefold())
    return values


class _Level(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: LevelName
    summary: Words
    lenses: dict[str, list[Prompt]]
    mentor_questions: list[Prompt] = Field(min_length=1)

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
            _refuse_repeats(prompts)
        return lenses

    @field_validator("mentor_questions")
    @classmethod
    def _ask_once(cls, questions: list[str]) -> list[str]:
        return _refuse_repeats(questions)


class _Framework(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: Id
    name: Words
    about: Words
    levels: list[_Level] = Field(min_length=2, max_length=12)

    @field_validator("levels")
    @classmethod
    def _tell_levels_apart(cls, levels: list[_Level]) -> list[_Level]:
        _refuse_repeats([level.name for level in levels])
        return levels


def framework_from(mapping: object) -> Framework:
    """Build the framework that a YAML file describes; levels and lenses keep the file's order.

    Raises pydantic.ValidationError, whose errors name the field by its path, for anything missing,
    misspelt, empty, too long for a form or written twice.
    """
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
    )
