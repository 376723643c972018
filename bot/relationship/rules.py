"""Decide in which weeks a relationship is looked at, and what an answer may be."""

from collections.abc import Mapping

from bot.kernel.errors import UserFacing
from bot.relationship.model import SCALE, Domain, Wave

OPEN_WEEKS = 3
FIRST_WEEK = 2


def first_weeks(weeks: int) -> dict[Wave, int]:
    """Find the week in which each wave opens, in a programme of so many weeks.

    Of forty weeks those are 2, 12, 20 and 38, and of others in proportion: the last three weeks
    are always T3. A wave that would overlap with another is left out, those between first.
    """
    last = max(weeks - OPEN_WEEKS + 1, 1)
    found = {Wave.T0: FIRST_WEEK} if last >= FIRST_WEEK + OPEN_WEEKS else {}
    for wave, week in ((Wave.T1, round(weeks * 12 / 40)), (Wave.T2, weeks // 2)):
        if found and max(found.values()) + OPEN_WEEKS <= week:
            found[wave] = week
    return {**found, Wave.T3: last}


def open_wave(week: int, *, weeks: int) -> Wave | None:
    """Say which wave is open in this week, if any; each is for three weeks."""
    if not 1 <= week <= weeks:
        return None
    return next(
        (wave for wave, first in first_weeks(weeks).items() if 0 <= week - first < OPEN_WEEKS), None
    )


def check(answers: Mapping[Domain, int]) -> None:
    """Raise UserFacing for answers off the scale."""
    if any(one not in SCALE for one in answers.values()):
        raise UserFacing(f"Answers go from {SCALE[0]} to {SCALE[-1]}. Nothing was saved.")
