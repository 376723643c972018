"""Reads the weights of the matching from their YAML mapping."""

import math
from dataclasses import fields, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from bot.matching.model import Weights

HIGHEST_WEIGHT = 1000.0
_MAPPING = TypeAdapter(dict[str, Any])
_DEFAULTS = {f.name: f.default for f in fields(Weights)}


def weights_from(start: Weights, mapping: object) -> Weights:
    """Put the weights that a file names in place of those in `start`.

    Raises pydantic.ValidationError, whose errors name the weight.
    """
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
