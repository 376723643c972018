"""Decide where two answers differ, whose turn it is, and when an agreement is looked at again."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.agreements.model import AgreementVersion, Aspect, Expectations, PairProgress, PairSide
from bot.kernel.clock import FIRST_DAY, LAST_DAY
from bot.kernel.errors import UserFacing

WORDS = frozenset({Aspect.GOALS, Aspect.STEPS, Aspect.OFF_LIMITS})
"""Aspects that are answered in somebody's own words; no machine compares them."""
OPTIONS: Mapping[Aspect, Sequence[str]] = {
    Aspect.FREQUENCY: ("weekly", "two_weeks", "monthly", "two_months", "on_request"),
    Aspect.DURATION: ("30", "45", "60", "90"),
    Aspect.WHERE: ("at_work", "outside", "video", "phone", "varies"),
    Aspect.CONFIDENTIALITY: ("between_us", "advice", "group"),
    Aspect.FEEDBACK: ("each_meeting", "monthly", "when_asked", "in_writing"),
    Aspect.ENDING: ("each_other", "coordinator", "either"),
}
NEEDED = (Aspect.GOALS, Aspect.FREQUENCY, Aspect.CONFIDENTIALITY, Aspect.ENDING)
MOST_CHARS = 1000
"""For one side's words on one aspect; a text of both has twice as many."""
REVIEW_AFTER = timedelta(days=30)


class Likeness(StrEnum):
    """The ways in which two answers compare."""

    SAME = "same"
    DIFFERENT = "different"
    ONLY_ONE = "only_one"
    TO_READ = "to_read"
    OPEN = "open"


class Phase(StrEnum):
    """The phases of one side: what is next for them, or for whom they wait."""

    FILL = "fill"
    AWAIT_ANSWER = "await_answer"
    COMPARE = "compare"
    CONFIRM = "confirm"
    AWAIT_CONFIRMATION = "await_confirmation"
    AGREED = "agreed"
    REVIEW = "review"
    ENDED = "ended"


TO_DO = frozenset({Phase.FILL, Phase.COMPARE, Phase.CONFIRM, Phase.REVIEW})
"""The phases in which something is up to this side."""


def phase_of(progress: PairProgress, side: PairSide, *, now: datetime) -> Phase:
    """Say what is next for one side of a pair."""
    draft, agreed = progress.draft, progress.agreed
    if progress.pair.ended_at is not None:
        return Phase.ENDED
    if draft is not None:
        return Phase.AWAIT_CONFIRMATION if side in draft.confirmed else Phase.CONFIRM
    if agreed is not None:
        is_due = now >= review_at(agreed) and side not in agreed.reviewed
        return Phase.REVIEW if is_due else Phase.AGREED
    if progress.are_both_filled:
        return Phase.COMPARE
    return Phase.AWAIT_ANSWER if side in progress.filled else Phase.FILL


def since(progress: PairProgress, side: PairSide, *, now: datetime) -> datetime:
    """Say since when the present phase of one side could be done."""
    match phase_of(progress, side, now=now):
        case Phase.COMPARE:
            return max(progress.filled.values())
        case Phase.CONFIRM if progress.draft:
            return progress.draft.written_at
        case Phase.REVIEW if progress.agreed:
            return review_at(progress.agreed)
        case _:
            return progress.filled.get(side.other, progress.pair.started_at)


def review_at(agreed: AgreementVersion) -> datetime:
    """Say when a version that counts is looked at again."""
    return (agreed.agreed_at or agreed.written_at) + REVIEW_AFTER


def may_read_both(progress: PairProgress) -> bool:
    """Say whether the sides may read each other's answers: once both are there, not before."""
    return progress.are_both_filled


def compare(mentee: Expectations, mentor: Expectations) -> dict[Aspect, Likeness]:
    """Compare the two answers on each aspect."""
    return {one: _likeness(one, mentee.get(one), mentor.get(one)) for one in Aspect}


def _likeness(aspect: Aspect, one: str | None, other: str | None) -> Likeness:
    if one is None and other is None:
        return Likeness.OPEN
    if one is None or other is None:
        return Likeness.ONLY_ONE
    if one == other:
        return Likeness.SAME
    return Likeness.TO_READ if aspect in WORDS else Likeness.DIFFERENT


def count_gaps(mentee: Expectations, mentor: Expectations) -> int:
    """Count the aspects on which the two chose differently."""
    return list(compare(mentee, mentor).values()).count(Likeness.DIFFERENT)


def first_text(mentee: Expectations, mentor: Expectations) -> dict[Aspect, str]:
    """Put together a text to begin with: what the two share, and their words one after the other.

    Of two days it is the earlier. What else they chose differently is left out: they choose it
    together.
    """
    text = {}
    for aspect, likeness in compare(mentee, mentor).items():
        said = [one[aspect] for one in (mentee, mentor) if aspect in one]
        if likeness is Likeness.TO_READ:
            text[aspect] = "\n".join(said)
        elif aspect is Aspect.ENDS_ON and said:
            text[aspect] = min(said)
        elif likeness in (Likeness.SAME, Likeness.ONLY_ONE):
            text[aspect] = said[0]
    return text


def problems(
    given: Expectations, *, most_chars: int = MOST_CHARS, today: date = date.min
) -> dict[Aspect, str]:
    """Say what is wrong with an answer or a text, by aspect; nothing where it can be kept.

    `today`: the first day on which it may end.
    """
    found = {}
    for aspect in Aspect:
        value = given.get(aspect)
        if value is None:
            if aspect in NEEDED:
                found[aspect] = _MISSING[aspect]
        elif aspect in OPTIONS and value not in OPTIONS[aspect]:
            found[aspect] = "Choose one of the answers."
        elif aspect in WORDS and len(value) > most_chars:
            found[aspect] = f"Shorten this to {most_chars:,} characters."
        elif aspect is Aspect.ENDS_ON and not _is_day(value):
            found[aspect] = "Choose a day."
        elif aspect is Aspect.ENDS_ON and date.fromisoformat(value) < today:
            found[aspect] = "Choose today or a later day."
    return found


_MISSING = {
    Aspect.GOALS: "A sentence is enough.",
    Aspect.FREQUENCY: "Choose how often.",
    Aspect.CONFIDENTIALITY: "Choose what stays between you.",
    Aspect.ENDING: "Choose how it may end early.",
}


def check(given: Expectations, *, most_chars: int = MOST_CHARS, today: date = date.min) -> None:
    """Raise UserFacing for an answer or a text that cannot be kept."""
    if found := problems(given, most_chars=most_chars, today=today):
        raise UserFacing(" ".join(found.values()))


def _is_day(text: str) -> bool:
    try:
        return FIRST_DAY <= date.fromisoformat(text) <= LAST_DAY
    except ValueError:
        return False
