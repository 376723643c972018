"""Change a member's roles for a coordinator, and tell new coordinators what that means."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Notice
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.kinds import MessageKind
from bot.people import store, use_cases
from bot.people.model import MENTORING, Member, Role
from bot.people.permissions import LAST_COORDINATOR, known, may_be_erased
from bot.people.roster import USUAL_CAPACITY

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
