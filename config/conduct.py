"""Reads the code of conduct from its YAML mapping."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.people.model import CodeOfConduct

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]


class _Conduct(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    introduction: Words
    promises: list[Words] = Field(min_length=1, max_length=20)
    limits: list[Words] = Field(min_length=1, max_length=10)


def conduct_from(mapping: object) -> CodeOfConduct:
    """The code of conduct that the file describes. Raises pydantic.ValidationError."""
    read = _Conduct.model_validate(mapping)
    return CodeOfConduct(
        introduction=read.introduction, promises=tuple(read.promises), limits=tuple(read.limits)
    )
