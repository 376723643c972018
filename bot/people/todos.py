"""To-dos about membership: accept the code of conduct; bring people in and ask them to accept."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.tables import outbox
from bot.kernel.ids import WorkspaceId
from bot.kinds import MessageKind, ToDoKind
from bot.people.model import Member, MemberState, Role
from bot.people.tables import member_table
from bot.todos import ToDo, Weight


async def todos(connection: AsyncConnection, member: Member, now: datetime) -> list[ToDo]:
    """Find what a member, or a coordinator, can do about membership."""
    if not member.takes_part:
        return []
    if member.role is Role.COORDINATOR:
        return await _coordinators(connection, member.workspace_id, now)
    if member.has_accepted_conduct:
        return []
    return [ToDo(kind=ToDoKind.ACCEPT_CONDUCT, weight=Weight.STARTS_THE_PROGRAMME, since=now)]


async def _coordinators(
    connection: AsyncConnection, workspace_id: WorkspaceId, now: datetime
) -> list[ToDo]:
    people = sa.and_(
        member_table.c.workspace_id == workspace_id,
        member_table.c.role != Role.COORDINATOR.value,
        member_table.c.state.in_([MemberState.ACTIVE.value, MemberState.PAUSED.value]),
    )
    was_asked = sa.exists().where(
        outbox.c.workspace_id == workspace_id,
        outbox.c.subject_id == member_table.c.id,
        outbox.c.kind == MessageKind.CONDUCT_INVITATION,
    )
    never_asked = sa.and_(
        member_table.c.state == MemberState.ACTIVE.value,
        member_table.c.conduct_accepted_at.is_(None),
        ~was_asked,
    )
    query = sa.select(
        sa.exists().where(people).label("there_are_people"),
        sa.select(sa.func.count())
        .select_from(member_table)
        .where(people, never_asked)
        .scalar_subquery()
        .label("never_asked"),
    )
    found = (await connection.execute(query)).one()
    weight = Weight.STARTS_THE_PROGRAMME
    if not found.there_are_people:
        return [ToDo(kind=ToDoKind.IMPORT_PEOPLE, weight=weight, since=now)]
    if found.never_asked:
        kind = ToDoKind.ASK_FOR_CONDUCT
        return [ToDo(kind=kind, weight=weight, since=now, count=found.never_asked)]
    return []
