"""What can be recorded as a meeting."""

from collections.abc import Collection
from datetime import date, timedelta

from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId

MAX_AGE = timedelta(days=60)


def check(
    *,
    held_on: date,
    today: date,
    mentees: Collection[MemberId],
    of_group: Collection[MemberId],
) -> None:
    """Raise UserFacing, with what to do, when this meeting cannot be recorded.

    `today` is the recording mentor's local date.
    """
    if held_on > today:
        raise UserFacing("Choose today or an earlier day: only meetings that took place count.")
    if held_on < today - MAX_AGE:
        raise UserFacing(f"Choose a day within the last {MAX_AGE.days} days.")
    if not mentees:
        raise UserFacing("Choose at least one mentee whom you met.")
    if not set(mentees) <= set(of_group):
        raise UserFacing(
            "Somebody chosen is not in your mentoring group any more. Open the form again."
        )
