"""Check what coordinators write about a programme."""

from datetime import date, timedelta
from zoneinfo import available_timezones

from bot.kernel.errors import UserFacing
from bot.programme.model import MOST_CONTACT_CHARS, MOST_NAME_CHARS

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
