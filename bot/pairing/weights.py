"""Reads the weights of config/matching.yaml."""

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import yaml

from bot.pairing.files import FileProblem, read_text
from bot.pairing.model import Weights

HIGHEST_WEIGHT = 1000.0
_DEFAULTS = {f.name: f.default for f in fields(Weights)}


def read_weights(path: Path) -> Weights:
    """The weights; what the file leaves out keeps its default. Raises FileProblem."""
    try:
        given = yaml.safe_load(read_text(path)) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise FileProblem([f"{path.name}{where}: this is not valid YAML."]) from None
    if not isinstance(given, dict):
        raise FileProblem([f"{path.name}: write one `name: number` on each line."])
    return weights_of(given, path.name)


def weights_of(given: Mapping[object, object], name: str) -> Weights:
    """The weights in a mapping; `name` says where it is from. Raises FileProblem."""
    wrong = {key: _wrong(str(key), value) for key, value in given.items()}
    if problems := [f"{name}: {key} {why}" for key, why in wrong.items() if why]:
        raise FileProblem(problems)
    values: dict[str, Any] = {str(key): value for key, value in given.items()}
    return replace(Weights(), **values)


def _wrong(name: str, value: object) -> str:
    """What is wrong with one weight, as the end of a sentence; nothing if it is good."""
    if name not in _DEFAULTS:
        return f"is no weight; use {', '.join(_DEFAULTS)}."
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return f"must be a number, not {value!r}."
    if isinstance(_DEFAULTS[name], int):
        least = 0 if name.endswith("_ahead") else 1
        if not isinstance(value, int) or not least <= value <= 100:
            return f"must be a whole number from {least} to 100."
    lowest = 0.0 if name in ("load_balance", "group_stages") else -HIGHEST_WEIGHT
    if not lowest <= value <= HIGHEST_WEIGHT:
        return f"must lie between {lowest:g} and {HIGHEST_WEIGHT:g}."
    return ""
