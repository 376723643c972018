"""Check what coordinators write about a programme."""

from datetime import date, datetime, timedelta
from zoneinfo import available_timezones

from bot.kernel.errors import UserFacing
from bot.kernel.words import weekday_and_day
from bot.programme.model import (
    MOST_CONTACT_CHARS,
    MOST_NAME_CHARS,
    MOST_WEEKS,
    Programme,
    ProgrammeState,
    monday_of_week,
    week_of,
    week_on,
)

FARTHEST_START = timedelta(days=366)
HOURS = (4, 8, 24, 48, 72)
"""The working hours before a deputy is asked, from which a coordinator chooses."""


def checked_name(name: str) -> str:
    """Tidy the white space of `name`. Raises UserFacing for no name."""
    clean = " ".join(name.split())
    if not clean or len(clean) > MOST_NAME_CHARS:
        raise UserFacing(f"Give the programme a name of 1 to {MOST_NAME_CHARS} characters.")
    return clean


def checked_start(starts_on: date, *, today: date) -> date:
    """Check that `starts_on` is at most a year away. Raises UserFacing otherwise."""
    if abs(starts_on - today) > FARTHEST_START:
        raise UserFacing("Choose a first day at most a year from today.")
    return starts_on


def checked_end(programme: Programme, ends_on: date) -> int:
    """Count the weeks of a programme with this last day. Raises UserFacing where it cannot be it.

    A pulse must open within it: a programme without one could never say how safe the space feels.
    """
    if ends_on < programme.starts_on:
        raise UserFacing("This is before the first day. Choose a later one.")
    if ends_on > programme.starts_on + timedelta(weeks=2 * MOST_WEEKS):
        raise UserFacing(f"A programme lasts at most {MOST_WEEKS} weeks. Choose an earlier day.")
    weeks, first = week_on(programme, ends_on), programme.template.pulse_first_week
    if weeks > MOST_WEEKS:
        raise UserFacing(f"A programme lasts at most {MOST_WEEKS} weeks. Choose an earlier day.")
    if weeks < first:
        opens = weekday_and_day(monday_of_week(programme, first))
        raise UserFacing(
            f"It would end before its first pulse, which opens in the week of {opens}. Choose a "
            "day in that week or later, or a shorter template."
        )
    return weeks


def must_be_ahead(programme: Programme, now: datetime) -> None:
    """Raise UserFacing for a draft whose first week has passed."""
    if programme.state is ProgrammeState.DRAFT and week_of(programme, now) > 1:
        day = weekday_and_day(programme.starts_on)
        raise UserFacing(
            f"The first day, {day}, lies in a week that has passed, and what its calendar has "
            "there would never come. Choose another first day: press Change beside Programme."
        )


def checked_zone(timezone: str) -> str:
    """Check that `timezone` is an IANA name. Raises UserFacing otherwise."""
    if timezone not in available_timezones():
        raise UserFacing("Choose a time zone by its name, such as Europe/London.")
    return timezone


def checked_contact(contact: str) -> str:
    """Tidy a contact as members will read it. Raises UserFacing if it is empty or too long."""
    clean = contact.strip()
    if not clean or len(clean) > MOST_CONTACT_CHARS:
        raise UserFacing(
            f"Write who it is and how to reach them, in at most {MOST_CONTACT_CHARS} characters."
        )
    return clean


def must_be_startable(programme: Programme) -> None:
    """Raise UserFacing while this programme is closed, or a contact is not named."""
    if programme.state is ProgrammeState.CLOSED:
        raise UserFacing("This programme is closed and cannot start again. Create a new one.")
    if not programme.crisis_contact or not programme.concern_contact:
        raise UserFacing(
            "Name a crisis contact and a contact for concerns first: members must be able to "
            "read both from the first day."
        )
    if not programme.concern_person or not programme.concern_deputy:
        raise UserFacing(
            "Choose who hears of concerns, and a deputy, first: press Change beside Contacts. "
            "Members must be able to reach a person from the first day."
        )
