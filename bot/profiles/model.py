"""A member's profile, and those of a group's people."""

from dataclasses import dataclass

from bot.people.model import Member, Role
from bot.programme.model import Group

MOST_CHARS = 1_000
"""Of each text: a group's people should be read on one page."""
MOST_ITEMS = 12
MOST_ITEM_CHARS = 60
MOST_CHOICES = 3
"""In the form; a list may name more."""


MOST_MENTEES = 20
"""Of a mentor in the form: more than anybody mentors well. A list may say more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberProfile:
    """The words of a member about themselves. Empty where they left something out.

    What the matching reads (interests, languages, choices, capacity) stands with the member.
    """

    about: str = ""
    hope: str = ""
    offer: str = ""
    is_readable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonShown:
    """A person of a group, with their profile; None while they have written none."""

    member: Member
    role: Role
    profile: MemberProfile | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleShown:
    """The people of a group, mentors before mentees."""

    group: Group
    people: tuple[PersonShown, ...]
