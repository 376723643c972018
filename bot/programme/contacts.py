"""Name the people who hear of concerns: a contact person and a deputy, neither of them a mentor."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import may_hear_concerns
from bot.people.profiles import Profile
from bot.people.roles import new_member
from bot.programme.checks import HOURS
from bot.programme.model import CONCERN_HOURS, Programme


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPeople:
    """The people who hear of concerns, and the working hours before the deputy is asked, too."""

    person: MemberId
    deputy: MemberId
    hours: int = CONCERN_HOURS


async def checked_people(
    connection: AsyncConnection, workspace_id: WorkspaceId, chosen: ContactPeople
) -> dict[str, Any]:
    """Give the values of a programme for these people. Raises UserFacing where they cannot be."""
    if chosen.person == chosen.deputy:
        raise UserFacing("The contact person and the deputy must be two people.")
    if chosen.hours not in HOURS:
        raise UserFacing("Choose after how many hours the deputy is asked.")
    ids = [chosen.person, chosen.deputy]
    found = await people.members(connection, workspace_id, ids=ids)
    if len(found) < len(ids) or not all(map(may_hear_concerns, found)):
        raise UserFacing(
            "Choose people who take part as neither mentor nor mentee, and who have not left."
        )
    return {
        "concern_person": chosen.person,
        "concern_deputy": chosen.deputy,
        "concern_hours": chosen.hours,
    }


async def contact_people(connection: AsyncConnection, programme: Programme | None) -> list[Member]:
    """Find who hears of a programme's concerns at this moment, the contact person first.

    Somebody who left, or who mentors meanwhile, is not among them.
    """
    named = [programme.concern_person, programme.concern_deputy] if programme else []
    ids = [one for one in named if one is not None]
    if programme is None or not ids:
        return []
    found = await people.members(connection, programme.workspace_id, ids=ids)
    return sorted(filter(may_hear_concerns, found), key=lambda one: ids.index(one.id))


async def must_have_people(connection: AsyncConnection, programme: Programme) -> None:
    """Raise UserFacing where somebody who is named for concerns has left, or mentors by now."""
    named = [one for one in (programme.concern_person, programme.concern_deputy) if one]
    found = await people.members(connection, programme.workspace_id, ids=named)
    if not all(map(may_hear_concerns, found)):
        raise UserFacing(
            "Somebody who is to hear of concerns has left, or is a mentor or mentee by now. Choose "
            "somebody else first: press Change beside Contacts."
        )


async def as_contact(
    connection: AsyncConnection, workspace_id: WorkspaceId, profile: Profile
) -> Member:
    """Find somebody of the workspace, or make them a member without a role.

    Cairn writes only to members: so it keeps to their hours, and knows when they are away.
    """
    who = profile.slack_user_id
    known = await people.member_by_slack_id(connection, workspace_id, who)
    if known is not None:
        return known
    added = new_member(workspace_id, profile)
    await people.put_members(connection, workspace_id, [added])
    return added
