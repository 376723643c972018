"""Decide when a compass is written and looked at again, and what it may hold."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.compass.model import Occasion, Principle
from bot.kernel.errors import UserFacing

FEWEST, MOST = 3, 5
MAX_PRINCIPLE_CHARS = 300
MAX_NOTE_CHARS = 1000
CLOSING_WEEKS = 3


def phase_in(week: int, *, weeks: int) -> Occasion:
    """Say which phase a week belongs to in a programme of so many weeks.

    The middle begins with the week at half of them, the close with the last three.
    """
    if week > weeks - CLOSING_WEEKS:
        return Occasion.CLOSE
    return (
        Occasion.MIDDLE if week >= first_week_of(Occasion.MIDDLE, weeks=weeks) else Occasion.START
    )


def first_week_of(phase: Occasion, *, weeks: int) -> int:
    """Give the first week of a phase; the start has that of the programme."""
    if phase is Occasion.CLOSE:
        return max(weeks - CLOSING_WEEKS + 1, 1)
    return max(weeks // 2, 1) if phase is Occasion.MIDDLE else 1


@dataclass(frozen=True, slots=True)
class WeekWritten:
    """The phase of a version, and the programme's week in which it was written."""

    phase: Occasion
    week: int


def due(
    written: Sequence[WeekWritten], put_off: Collection[Occasion], *, week: int, weeks: int
) -> Occasion | None:
    """Say for which phase a mentee is asked in this week, if for any.

    A compass is asked for until the close, and a look back at one that was written in an earlier
    phase. What was done or put off is not asked for again.
    """
    if not 1 <= week <= weeks:
        return None
    now = phase_in(week, weeks=weeks)
    if not written:
        return (
            Occasion.START if now is not Occasion.CLOSE and Occasion.START not in put_off else None
        )
    was_begun = phase_in(min(one.week for one in written), weeks=weeks)
    is_done = was_begun is now or any(one.phase is now for one in written)
    return None if is_done or now in put_off else now


def check(principles: Sequence[Principle]) -> None:
    """Raise UserFacing unless there are three to five principles, each within its length."""
    if not FEWEST <= len(principles) <= MOST:
        raise UserFacing(f"A compass has {FEWEST} to {MOST} principles. Nothing was saved.")
    for one in principles:
        if len(one.text) > MAX_PRINCIPLE_CHARS or len(one.note) > MAX_NOTE_CHARS:
            raise UserFacing(
                f"Principle {one.number} is too long: up to {MAX_PRINCIPLE_CHARS} characters, and "
                f"{MAX_NOTE_CHARS:,} about what became of it. Nothing was saved."
            )


def changed(before: Principle | None, after: Principle | None) -> bool:
    """Say whether a principle reads differently, or is in another ring."""
    if before is None or after is None:
        return before is not after
    return (before.text, before.ring) != (after.text, after.ring)
