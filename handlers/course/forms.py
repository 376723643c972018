"""Read from its form what a coordinator wants to change, and carry it to its preview and on."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, time
from typing import Any

from bot.course import model
from bot.course.model import Change, change_from_snapshot, change_snapshot
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId
from handlers.edge.answers import Answers, WrongAnswer, read_json, whole_number

OLD = "This form is from an earlier version. Close it and open it again from the Home tab."
MISSING = {
    "weeks": "Choose by how many weeks.",
    "every": "Choose how often.",
    "weekday": "Choose a weekday.",
    "at": "Choose a time.",
}
_KINDS: Mapping[str, Callable[..., Change]] = {
    "start": model.NewStart,
    "end": model.NewEnd,
    "shift": model.NewShift,
    "checkins": model.NewCheckins,
    "nudges": model.NewNudges,
    "pulses": model.NewPulses,
    "template": model.NewTemplate,
    "framework": model.NewFramework,
}
_BLOCKS = {"every_weeks": "every", "template_id": "template", "framework_id": "framework"}
"""The blocks that are not called as the value is that they ask for."""


def read_change(what: str, answers: Answers) -> tuple[Change, str]:
    """Read the form for `what`; gives with it the block beside which a refusal is said.

    Raises WrongAnswer beside what is missing.
    """
    if what not in _KINDS:
        raise UserFacing(OLD)
    kind: Any = _KINDS[what]
    asked = {one.name: one.type for one in fields(kind) if one.name != "kind"}
    blocks = [_BLOCKS.get(name, name) for name in asked]
    given = [_READERS[of](answers, block) for of, block in zip(asked.values(), blocks, strict=True)]
    for block, value in zip(blocks, given, strict=True):
        if value is None:
            sentence = "Choose a day." if asked.get(block) is date else "Choose one."
            raise WrongAnswer(**{block: MISSING.get(block, sentence)})
    return kind(**dict(zip(asked, given, strict=True))), blocks[0]


def _number(answers: Answers, block: str) -> int | None:
    chosen = answers.choice(block) or ""
    found = whole_number(chosen.removeprefix("-"))
    return -found if found is not None and chosen.startswith("-") else found


def _time(answers: Answers, block: str) -> time | None:
    try:
        found = time.fromisoformat(answers.choice(block) or "")
    except ValueError:
        return None
    return found if found.tzinfo is None else None


_READERS: Mapping[object, Callable[[Answers, str], object]] = {
    date: Answers.date,
    int: _number,
    time: _time,
    str: Answers.choice,
    bool: lambda answers, block: "yes" in answers.choices(block),
}


def carried(programme_id: str, change: Change, token: str = "") -> str:
    """Write what a form or a preview carries to what follows it."""
    return json.dumps([programme_id, token, change_snapshot(change)], ensure_ascii=False)


def read_carried(text: str) -> tuple[ProgrammeId, str, Change]:
    """Read what `carried` wrote. Raises UserFacing for anything else."""
    try:
        programme_id, token, snapshot = read_json(text)
        return ProgrammeId(str(programme_id)), str(token), change_from_snapshot(snapshot)
    except (ValueError, TypeError):
        raise UserFacing(OLD) from None
