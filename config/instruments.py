"""Read a pulse instrument from its YAML mapping."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from bot.pulse.model import Instrument, Item, ItemUse

MAX_ITEMS = 15
"""A table in Slack has 20 columns, and a form longer than a minute is not filled in."""

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Long = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Option = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=75)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

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


class _Instrument(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

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
    """Build the instrument that a YAML file describes; items keep the file's order.

    Raises pydantic.ValidationError, whose errors name the field by its path, for anything missing,
    misspelt, too long for a form or written twice.
    """
    read = _Instrument.model_validate(mapping)
    return Instrument(
        id=read.id,
        version=read.version,
        title=read.title,
        note=read.note,
        purpose=read.purpose,
        scale=tuple(read.scale),
        decline=read.decline,
        items=tuple(
            Item(
                id=item.id,
                construct=item.about,
                label=item.label,
                text=item.text,
                reverse=item.reverse,
                place=ItemUse(item.place),
            )
            for item in read.items
        ),
    )
