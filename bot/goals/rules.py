"""Decide what a goal may be, who reads it, and how confidence moves."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from enum import StrEnum

from bot.goals.model import Goal, GoalDraft, GoalStatus
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.matching.model import Pairing
from bot.people.model import Member
from bot.people.permissions import may_read_shared

MOST_OPEN = 3
MAX_TITLE_CHARS = 200
MAX_STEP_CHARS = 300
MOST_CONFIDENCE = 10
MOST_IMPORTANCE = 5


class ConfidenceTrend(StrEnum):
    """The direction in which confidence moved, from the first note to the last."""

    UNKNOWN = "unknown"
    UP = "up"
    DOWN = "down"
    LEVEL = "level"


def trend(confidences: Sequence[int]) -> ConfidenceTrend:
    """Compare the last confidence with the first; UNKNOWN with fewer than two."""
    if len(confidences) < 2:
        return ConfidenceTrend.UNKNOWN
    moved = confidences[-1] - confidences[0]
    if not moved:
        return ConfidenceTrend.LEVEL
    return ConfidenceTrend.UP if moved > 0 else ConfidenceTrend.DOWN


def check(draft: GoalDraft) -> None:
    """Raise UserFacing where a goal says too little or too much."""
    if not draft.title.strip():
        raise UserFacing("Say in a sentence what will be different.")
    check_step(draft.next_step)
    if len(draft.title) > MAX_TITLE_CHARS:
        raise UserFacing(f"Please keep it under {MAX_TITLE_CHARS} characters: one goal each.")
    if draft.importance is not None and not 1 <= draft.importance <= MOST_IMPORTANCE:
        raise UserFacing(f"Choose an importance between 1 and {MOST_IMPORTANCE}, or leave it out.")


def check_step(next_step: str) -> None:
    """Raise UserFacing where a next step says nothing, or too much."""
    if not next_step.strip():
        raise UserFacing("Name one small thing that you can do next.")
    if len(next_step) > MAX_STEP_CHARS:
        raise UserFacing(f"Please keep the next step under {MAX_STEP_CHARS} characters.")


def check_day(due_on: date, *, today: date) -> None:
    """Raise UserFacing for a day that has passed. `today` is the member's local date."""
    if due_on < today:
        raise UserFacing("Choose today or a later day.")


def check_confidence(confidence: int | None) -> None:
    """Raise UserFacing for a confidence off the scale."""
    if confidence is not None and not 0 <= confidence <= MOST_CONFIDENCE:
        raise UserFacing(f"Choose a confidence between 0 and {MOST_CONFIDENCE}, or leave it out.")


def check_space(goals: Iterable[Goal]) -> None:
    """Raise UserFacing where as many goals are open as one can look after."""
    if sum(one.is_open for one in goals) >= MOST_OPEN:
        raise UserFacing(
            "You have three open goals, and three is as many as most people can look after. Mark "
            "one as done or let one go first; you need no reason, and it stays among your past "
            "goals."
        )


def is_past(goal: Goal, *, today: date) -> bool:
    """Say whether an open goal's day has passed."""
    return goal.is_open and goal.due_on < today


def readers(goal: Goal, pairings: Iterable[Pairing]) -> frozenset[MemberId]:
    """Find the mentors who may read a goal: those of now who were so when it was shared."""
    if goal.shared_at is None or goal.status is GoalStatus.LET_GO:
        return frozenset()
    return frozenset(
        one.mentor_id
        for one in pairings
        if (one.mentee_id, one.programme_id) == (goal.member_id, goal.programme_id)
        and one.ended_at is None
        and one.lasted_at(goal.shared_at)
    )


def may_read(
    goal: Goal, reader: Member, *, mentees: Collection[MemberId], pairings: Iterable[Pairing]
) -> bool:
    """Say whether somebody may read a goal at this moment: its author, or a mentor it is for.

    `mentees` are those whom the reader mentors in the goal's programme and knows of.
    """
    if goal.member_id == reader.id:
        return True
    return may_read_shared(
        reader,
        sits_there=goal.member_id in mentees,
        was_addressed=reader.id in readers(goal, pairings),
    )
