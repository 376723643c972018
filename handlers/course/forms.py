"""Read from its form what a coordinator wants to change."""

import json
from collections.abc import Callable, Mapping
from datetime import date, time

from bot.course.model import (
    Change,
    NewCheckins,
    NewEnd,
    NewFramework,
    NewNudges,
    NewPulses,
    NewShift,
    NewStart,
    NewTemplate,
    change_from_snapshot,
    change_snapshot,
)
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId
from handlers.edge.answers import Answers, WrongAnswer, read_json, whole_number

OLD = "This form is from an earlier version. Close it and open it again from the Home tab."


def read_change(what: str, answers: Answers) -> Change:
    """Read the form for `what`. Raises WrongAnswer beside what is missing."""
    read = _READERS.get(what)
    if read is None:
        raise UserFacing(OLD)
    return read[1](answers)


def block_of(what: str) -> str:
    """Give the block beside which it is said that a change cannot be."""
    return _READERS[what][0] if what in _READERS else "first"


def _start(answers: Answers) -> Change:
    return NewStart(starts_on=_day(answers, "starts_on"))


def _end(answers: Answers) -> Change:
    return NewEnd(last_day=_day(answers, "last_day"))


def _shift(answers: Answers) -> Change:
    day = _day(answers, "day")
    return NewShift(day=day, weeks=_number(answers, "weeks", "Choose by how many weeks."))


def _checkins(answers: Answers) -> Change:
    return NewCheckins(
        every_weeks=_number(answers, "every", "Choose how often."),
        weekday=_number(answers, "weekday", "Choose a weekday."),
        at=_time(answers),
        alike="yes" in answers.choices("alike"),
    )


def _nudges(answers: Answers) -> Change:
    return NewNudges(weekday=_number(answers, "weekday", "Choose a weekday."), at=_time(answers))


def _pulses(answers: Answers) -> Change:
    every = _number(answers, "every", "Choose how often.")
    return NewPulses(every_weeks=every, next_on=_day(answers, "next_on"))


def _template(answers: Answers) -> Change:
    return NewTemplate(template_id=_choice(answers, "template"))


def _framework(answers: Answers) -> Change:
    return NewFramework(framework_id=_choice(answers, "framework"))


def _day(answers: Answers, block_id: str) -> date:
    found = answers.date(block_id)
    if found is None:
        raise WrongAnswer(**{block_id: "Choose a day."})
    return found


def _number(answers: Answers, block_id: str, sentence: str) -> int:
    found = whole_number(answers.choice(block_id))
    if found is None:
        raise WrongAnswer(**{block_id: sentence})
    return found


def _time(answers: Answers) -> time:
    try:
        found = time.fromisoformat(answers.choice("at") or "")
    except ValueError:
        raise WrongAnswer(at="Choose a time.") from None
    if found.tzinfo is not None:
        raise WrongAnswer(at="Choose a time.")
    return found


def _choice(answers: Answers, block_id: str) -> str:
    found = answers.choice(block_id)
    if not found:
        raise WrongAnswer(**{block_id: "Choose one."})
    return found


_READERS: Mapping[str, tuple[str, Callable[[Answers], Change]]] = {
    "start": ("starts_on", _start),
    "end": ("last_day", _end),
    "shift": ("day", _shift),
    "checkins": ("every", _checkins),
    "nudges": ("weekday", _nudges),
    "pulses": ("next_on", _pulses),
    "template": ("template", _template),
    "framework": ("framework", _framework),
}


def carried(programme_id: str, change: Change, token: str) -> str:
    """Write what the preview carries to the button that applies it."""
    return json.dumps([programme_id, token, change_snapshot(change)])


def read_carried(text: str) -> tuple[ProgrammeId, str, Change]:
    """Read what `carried` wrote. Raises UserFacing for anything else."""
    try:
        programme_id, token, snapshot = read_json(text)
        return ProgrammeId(str(programme_id)), str(token), change_from_snapshot(snapshot)
    except (ValueError, TypeError):
        raise UserFacing(OLD) from None
