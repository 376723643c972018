"""Read lists that members write, and check whom they choose. Pure."""

from collections.abc import Mapping, Sequence

from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId
from bot.people.model import Member, Role
from bot.people.roster_cells import comma_items
from bot.profiles.model import MOST_ITEM_CHARS, MOST_ITEMS, MOST_MENTEES


def as_text(items: Sequence[str]) -> str:
    """Write a list as a member may change it."""
    return ("; " if any("," in item for item in items) else ", ").join(items)


def items_in(text: str, *, before: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Split what a member wrote into items, each once; what was not touched stays as it was.

    Raises UserFacing for too many, and for too long ones.
    """
    if text == as_text(before):
        return before
    found: dict[str, str] = {}
    for item in comma_items(text)[0]:
        found.setdefault(item.casefold(), item)
    items = tuple(found.values())
    if len(items) > MOST_ITEMS:
        raise UserFacing(f"Name {MOST_ITEMS} at most, with commas between them.")
    if any(len(item) > MOST_ITEM_CHARS for item in items):
        raise UserFacing(f"Keep each to {MOST_ITEM_CHARS} characters, with commas between them.")
    return items


def check_capacity(number: int | None, *, before: int) -> int:
    """Take how many mentees a mentor has time for; raises UserFacing for what cannot be meant."""
    if number is None or (number > MOST_MENTEES and number != before):
        raise UserFacing(f"Write a number from 0 to {MOST_MENTEES}; 0 means none at present.")
    return number


def check_choices(
    member: Member, chosen: Sequence[SlackUserId], known: Mapping[SlackUserId, Member]
) -> None:
    """Raise UserFacing where a member cannot wish to be with one of these people.

    A mentee chooses mentors, a mentor mentees. `known` are people of the workspace.
    """
    if member.slack_user_id in chosen:
        raise UserFacing("You cannot choose yourself. Leave yourself out.")
    if not all(one in known and known[one].takes_part for one in chosen):
        raise UserFacing("One of these people takes no part in mentoring here. Leave them out.")
    role = Role.MENTOR if member.is_mentee else Role.MENTEE
    for one in chosen:
        if not _may_sit_with(member, known[one]):
            raise UserFacing(f"{known[one].name} is no {role} here. Choose {role}s.")


def _may_sit_with(member: Member, other: Member) -> bool:
    as_mentee = member.is_mentee and other.is_mentor
    return as_mentee or (member.is_mentor and other.is_mentee)
