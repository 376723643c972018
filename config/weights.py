"""Reads the weights of the matching from their YAML mapping."""

import math
from dataclasses import fields, replace
from typing import Any

from pydantic import RootModel, field_validator

from bot.matching.model import Weights

HIGHEST_WEIGHT = 1000.0
_DEFAULTS = {f.name: f.default for f in fields(Weights)}


class _Weights(RootModel[dict[str, Any]]):
    @field_validator("root")
    @classmethod
    def _are_weights(cls, given: dict[str, Any]) -> dict[str, Any]:
        wrong = {name: _wrong(name, value) for name, value in given.items()}
        if problems := [f"{name} {why}" for name, why in wrong.items() if why]:
            raise ValueError("; ".join(problems))
        return given


def weights_from(mapping: object) -> Weights:
    """Build the weights; what the file leaves out keeps its default.

    Raises pydantic.ValidationError.
    """
    return replace(Weights(), **_Weights.model_validate(mapping).root)


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
