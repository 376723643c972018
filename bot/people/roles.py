"""Change a member's roles for a coordinator, and tell new coordinators what that means."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Notice
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId, new_id
from bot.kinds import MessageKind
from bot.people import store, use_cases
from bot.people.model import MENTORING, Member, Role
from bot.people.permissions import LAST_COORDINATOR, coordinates, known, may_be_erased
from bot.people.profiles import Account, Profile
from bot.people.roster import USUAL_CAPACITY
from bot.people.time_zones import account_zone

COORDINATES = MessageKind.COORDINATOR_WELCOME


async def change_roles(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    *,
    roles: frozenset[Role],
    capacity: int | None,
) -> tuple[Member, Member]:
    """Give a member these roles, and as a mentor this capacity; gives them before and after.

    Raises UserFacing where it would leave no role, or the workspace no coordinator.
    """
    everybody = await store.members(connection, workspace_id, hold=True)
    member = known(next((one for one in everybody if one.id == member_id), None))
    if not roles:
        raise UserFacing("Leave at least one role. To take somebody out, use the button for it.")
    if Role.COORDINATOR not in roles and not may_be_erased(member, everybody):
        raise UserFacing(LAST_COORDINATOR)
    if roles & MENTORING:
        usual = member.capacity if member.is_mentor else USUAL_CAPACITY
        held = usual if capacity is None else capacity
    else:
        held = 0
    changed = replace(member, roles=roles, capacity=held)
    await store.put_members(connection, workspace_id, [changed])
    return member, changed


async def name_coordinator(
    connection: AsyncConnection, workspace_id: WorkspaceId, profile: Profile
) -> tuple[Member | None, Member]:
    """Make somebody of the workspace a coordinator; gives them before and after.

    Raises UserFacing for an account that cannot coordinate, and for who does already or has left.
    """
    must_be_able_to_coordinate(profile)
    who = profile.slack_user_id
    before = await store.member_by_slack_id(connection, workspace_id, who, hold=True)
    if coordinates(before):
        raise UserFacing(f"{profile.name} coordinates already. Choose somebody else.")
    if before is not None and not before.takes_part:
        raise UserFacing(
            f"{profile.name} has left the programme. Ask them to come back on their Home tab first."
        )
    named = before or new_member(workspace_id, profile)
    after = replace(named, roles=named.roles | {Role.COORDINATOR})
    await store.put_members(connection, workspace_id, [after])
    return before, after


def must_be_able_to_coordinate(profile: Profile) -> None:
    """Refuse apps, guests, people from outside and closed accounts. Raises UserFacing."""
    if profile.account is Account.BOT:
        raise UserFacing("Choose a person: this is an app.")
    if profile.is_deactivated:
        raise UserFacing("This account is closed in Slack. Choose somebody else.")
    if profile.account is not Account.PERSON:
        raise UserFacing(
            "Guests and people from outside cannot coordinate: they do not see everybody. Choose "
            "a full member of this Slack workspace."
        )


def new_member(workspace_id: WorkspaceId, profile: Profile) -> Member:
    """Make a member without a role of somebody of the workspace."""
    return Member(
        id=MemberId(new_id("member")),
        workspace_id=workspace_id,
        slack_user_id=profile.slack_user_id,
        name=profile.name,
        roles=frozenset(),
        timezone=account_zone(profile.timezone or "") or "UTC",
    )


async def take_out(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId, *, now: datetime
) -> Member:
    """Take a member out of the programme, by their own wish or for a coordinator.

    Raises UserFacing for the last coordinator.
    """
    everybody = await store.members(connection, workspace_id, hold=True)
    member = known(next((one for one in everybody if one.id == member_id), None))
    if not may_be_erased(member, everybody):
        raise UserFacing(LAST_COORDINATOR)
    return await use_cases.leave(connection, member, now=now)


async def welcome_coordinators(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    members: Collection[Member],
    *,
    now: datetime,
) -> None:
    """Tell these members that they coordinate from now on, and what that means."""
    notices = [
        Notice(COORDINATES, one.id, one.slack_user_id, f"{COORDINATES}:{one.id}:{now:%Y-%m-%d}")
        for one in members
    ]
    await use_cases.send_all(connection, workspace_id, notices, now=now)
