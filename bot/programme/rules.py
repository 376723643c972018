"""Place a programme in its calendar, and decide whether it may start."""

from datetime import date, datetime, timedelta
from zoneinfo import available_timezones

from bot.kernel.clock import local_date, monday_of
from bot.kernel.errors import UserFacing
from bot.people.model import Role
from bot.programme.model import Milestone, Programme, ProgrammeState

MOST_NAME_CHARS = 75
"""A name fits on a button and in a select."""
MOST_CONTACT_CHARS = 300
FARTHEST_START = timedelta(days=366)


def first_monday(programme: Programme) -> date:
    """Give the Monday of week 1, the week that holds the start."""
    return monday_of(programme.starts_on)


def monday_of_week(programme: Programme, week: int) -> date:
    """Find the Monday of the programme's week number `week`; week 1 holds the start."""
    return first_monday(programme) + timedelta(weeks=week - 1)


def week_of(programme: Programme, now: datetime) -> int:
    """Give the number of the week of `now` by the programme's clocks; week 1 holds the start."""
    return (local_date(now, programme.timezone) - first_monday(programme)).days // 7 + 1


def is_over(programme: Programme, now: datetime) -> bool:
    """Say whether the last week of the calendar has passed."""
    return week_of(programme, now) > programme.weeks


def milestones_for(programme: Programme, role: Role, week: int) -> tuple[Milestone, ...]:
    """Find what members of `role` are about in this week; the one that ends first leads."""
    found = [
        one
        for one in programme.template.milestones
        if one.audience is role and one.first_week <= week <= one.last_week
    ]
    return tuple(sorted(found, key=lambda one: (one.last_week, one.first_week)))


def must_be_startable(programme: Programme) -> None:
    """Raise UserFacing while this programme is closed, or a contact is not named."""
    if programme.state is ProgrammeState.CLOSED:
        raise UserFacing("This programme is closed and cannot start again. Create a new one.")
    if not programme.crisis_contact or not programme.concern_contact:
        raise UserFacing(
            "Name a crisis contact and a contact for concerns first: members must be able to "
            "read both from the first day."
        )


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
