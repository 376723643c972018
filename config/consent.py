"""Build the text of the consent to research, and how long things are kept, from YAML."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bot.research.model import ConsentText

Passage = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
Point = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _Consent(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    version: int = Field(ge=1, le=1000)
    introduction: Passage
    given: list[Point] = Field(min_length=1, max_length=10)
    never: list[Point] = Field(min_length=1, max_length=10)
    withdrawal: Passage
    limits: Passage


def consent_from(mapping: object) -> ConsentText:
    """Build the text that a YAML file describes. Raises pydantic.ValidationError."""
    read = _Consent.model_validate(mapping).model_dump()
    return ConsentText(**read | {name: tuple(read[name]) for name in ("given", "never")})


Days = Annotated[int, Field(ge=7, le=3650)]


class RetentionEntry(BaseModel):
    """The part of a template that says how many days after its close a programme keeps things."""

    model_config = ConfigDict(extra="forbid", strict=True)

    words_days: Days = 90
    names_days: Days = 365
    notice_days: Days = 14

    @model_validator(mode="after")
    def _in_their_order(self) -> "RetentionEntry":
        if not self.notice_days <= self.words_days <= self.names_days:
            raise ValueError("notice_days, words_days and names_days go up in this order")
        if self.words_days < 14:
            raise ValueError("words_days is 14 at least")
        return self
