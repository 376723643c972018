"""Where members are kept. Each function sees one workspace only."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import insert_into
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.people.model import Count, Member, MemberState, Role
from bot.people.tables import member_table

MOST_IDS_IN_ONE_QUERY = 1_000
"""Both engines limit the parameters of a statement; above this, ids are compared here."""

_KEY = ("workspace_id", "id")
_LISTS = ("interests", "languages", "prefers", "avoid", "supervised_by")
_COLUMNS = tuple(column.name for column in member_table.columns)


def _member(row: sa.Row[Any]) -> Member:
    values = row._asdict()
    values.update({name: tuple(values[name]) for name in _LISTS})
    values["role"] = Role(values["role"])
    values["state"] = MemberState(values["state"])
    return Member(**values)


def _values(member: Member) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(member, name) for name in _COLUMNS}
    values.update({name: list(getattr(member, name)) for name in _LISTS})
    values["role"] = member.role.value
    values["state"] = member.state.value
    return values


async def member(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    *,
    hold: bool = False,
) -> Member | None:
    """The member with this id, in whatever state, or None.

    `hold` keeps others from changing the member until the transaction ends.
    """
    found = await members(connection, workspace_id, ids=[member_id], hold=hold)
    return found[0] if found else None


async def member_by_slack_id(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    slack_user_id: SlackUserId,
    *,
    hold: bool = False,
) -> Member | None:
    """The member whom Slack calls `slack_user_id` in this workspace, or None."""
    query = sa.select(member_table).where(
        member_table.c.workspace_id == workspace_id,
        member_table.c.slack_user_id == slack_user_id,
    )
    query = query.with_for_update() if hold else query
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _member(row)


async def members(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    roles: Collection[Role] | None = None,
    ids: Collection[MemberId] | None = None,
    states: Collection[MemberState] | None = None,
    hold: bool = False,
) -> list[Member]:
    """All members that fit every filter given, by name, then id. None means any."""
    query = sa.select(member_table).where(member_table.c.workspace_id == workspace_id)
    query = query.with_for_update() if hold else query
    if roles is not None:
        query = query.where(member_table.c.role.in_([role.value for role in roles]))
    if ids is not None and len(ids) <= MOST_IDS_IN_ONE_QUERY:
        query = query.where(member_table.c.id.in_(list(ids)))
    if states is not None:
        query = query.where(member_table.c.state.in_([state.value for state in states]))
    found = [_member(row) for row in await connection.execute(query)]
    if ids is not None:
        wanted = frozenset(ids)
        found = [one for one in found if one.id in wanted]
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))


async def count_by_role(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime
) -> dict[Role, Count]:
    """How many of each role take part, how many of them accepted the code, how many are away."""
    is_away = sa.and_(
        member_table.c.state == MemberState.PAUSED.value,
        sa.or_(member_table.c.paused_until.is_(None), member_table.c.paused_until > now),
    )
    query = (
        sa.select(
            member_table.c.role,
            sa.func.count(),
            sa.func.count(member_table.c.conduct_accepted_at),
            sa.func.count(sa.case((is_away, 1))),
        )
        .where(
            member_table.c.workspace_id == workspace_id,
            member_table.c.state.in_([MemberState.ACTIVE.value, MemberState.PAUSED.value]),
        )
        .group_by(member_table.c.role)
    )
    return {Role(role): Count(*counts) for role, *counts in await connection.execute(query)}


async def put_members(
    connection: AsyncConnection, workspace_id: WorkspaceId, people: Iterable[Member]
) -> None:
    """Write `people` as they are, over what stands under the same ids.

    Raises ValueError for a member of another workspace, IntegrityError when a Slack id is
    already another member's.
    """
    rows = []
    for one in people:
        if one.workspace_id != workspace_id:
            raise ValueError("a member can be written only into their own workspace")
        rows.append(_values(one))
    if not rows:
        return
    insert = insert_into(connection, member_table)
    changing = {name: insert.excluded[name] for name in _COLUMNS if name not in _KEY}
    statement = insert.on_conflict_do_update(index_elements=list(_KEY), set_=changing)
    await connection.execute(statement, rows)


async def remove_member(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> bool:
    """Delete the member's row. True if there was one."""
    statement = sa.delete(member_table).where(
        member_table.c.workspace_id == workspace_id, member_table.c.id == member_id
    )
    return (await connection.execute(statement)).rowcount > 0
