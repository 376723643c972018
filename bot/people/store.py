"""Store members. Each function sees one workspace only."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.tables import outbox
from bot.kernel.database import (
    delete_rows,
    is_writing,
    portions,
    put_rows,
    read_as,
    read_each,
    rows_of,
    values_of,
)
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.kinds import MessageKind, ToDoKind
from bot.people.model import PAIRED, Count, Member, MemberState, Role
from bot.people.tables import member_table
from bot.todos import ToDo, Weight

MOST_IDS_IN_ONE_QUERY = 1_000
"""Both engines limit the parameters of a statement; above this, ids are compared here."""

ERASED = (
    "All about you, or about somebody whom this names, was deleted a moment ago, so nothing was "
    "saved."
)
_CHANGING = [
    one.name
    for one in member_table.columns
    if one.name not in ("workspace_id", "id", "slack_user_id")
]
"""A member's Slack id never changes; a statement that might would wait for whoever keeps them."""
_LISTS = ("interests", "languages", "prefers", "avoid", "supervised_by")


def _member(row: sa.Row[Any]) -> Member:
    lists = {name: tuple(getattr(row, name)) for name in _LISTS}
    roles = frozenset(role for role in Role if getattr(row, f"is_{role}"))
    return read_as(Member, row, roles=roles, state=MemberState(row.state), **lists)


def _values(member: Member) -> dict[str, object]:
    lists = {name: list(getattr(member, name)) for name in _LISTS}
    roles = {f"is_{role}": role in member.roles for role in Role}
    return values_of(member, member_table, state=member.state.value, **roles, **lists)


def having(*roles: Role) -> sa.ColumnElement[bool]:
    """Match members with any of these roles."""
    return sa.or_(*(member_table.c[f"is_{role}"] for role in sorted(roles)))


async def member(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    *,
    hold: bool = False,
) -> Member | None:
    """Find the member with this id, in whatever state, or None.

    `hold` keeps others from changing the member until the transaction ends. Whoever is found by a
    transaction that may write is not erased before it ends.
    """
    return await _one(connection, workspace_id, "id", member_id, hold=hold)


async def member_to_erase(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> Member | None:
    """Find a member, once nobody writes anything of theirs: whoever wants to finds them gone."""
    query = sa.select(member_table).where(rows_of(member_table, workspace_id, id=member_id))
    row = (await connection.execute(query.with_for_update())).one_or_none()
    return None if row is None else _member(row)


_KEPT = (
    sa.select(member_table.c.id)
    .where(
        member_table.c.workspace_id == sa.bindparam("here"),
        member_table.c.id.in_(sa.bindparam("ids", expanding=True)),
    )
    .order_by(member_table.c.id)
    .with_for_update(read=True, key_share=True)
)


async def keep(
    connection: AsyncConnection, workspace_id: WorkspaceId, ids: Collection[MemberId]
) -> set[MemberId]:
    """Keep members from being erased until the transaction ends; find who of them is still here.

    Any number of transactions may keep one member, and others may change them meanwhile.
    """
    its = {"here": workspace_id, "ids": list(ids)}
    return set((await connection.execute(_KEPT, its)).scalars())


async def must_stay(connection: AsyncConnection, workspace_id: WorkspaceId, *ids: MemberId) -> None:
    """Keep members from being erased while something of theirs is written. Raises UserFacing.

    Call it before a row that names them, or that holds their words, is written.
    """
    if await keep(connection, workspace_id, ids) < {*ids}:
        raise UserFacing(ERASED)


async def member_by_slack_id(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    slack_user_id: SlackUserId,
    *,
    hold: bool = False,
) -> Member | None:
    """Find the member whom Slack calls `slack_user_id` in this workspace, or None: as `member`."""
    return await _one(connection, workspace_id, "slack_user_id", slack_user_id, hold=hold)


async def _one(
    connection: AsyncConnection, workspace_id: WorkspaceId, column: str, value: str, *, hold: bool
) -> Member | None:
    query = _member_by(column, hold=hold, keep=is_writing(connection))
    row = (await connection.execute(query, {"here": workspace_id, "it": value})).one_or_none()
    return None if row is None else _member(row)


@cache
def _member_by(column: str, *, hold: bool, keep: bool) -> sa.Select[Any]:
    """Build what finds a member, held or kept: once, since nothing is asked more often."""
    here, it = sa.bindparam("here", type_=sa.String), sa.bindparam("it", type_=sa.String)
    query = sa.select(member_table).where(rows_of(member_table, here, **{column: it}))
    return query.with_for_update(read=not hold, key_share=True) if hold or keep else query


async def members(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    roles: Collection[Role] | None = None,
    ids: Collection[MemberId] | None = None,
    states: Collection[MemberState] | None = None,
    hold: bool = False,
) -> list[Member]:
    """Find all members that fit every filter given, by name, then id. None means any."""
    if ids is not None and not ids:
        return []
    query = sa.select(member_table).where(member_table.c.workspace_id == workspace_id)
    query = query.with_for_update(key_share=True) if hold else query
    if roles is not None:
        query = query.where(having(*roles))
    if ids is not None and len(ids) <= MOST_IDS_IN_ONE_QUERY:
        query = query.where(member_table.c.id.in_(list(ids)))
    if states is not None:
        query = query.where(member_table.c.state.in_([state.value for state in states]))
    found = await read_each(connection, query, _member)
    if ids is not None:
        wanted = frozenset(ids)
        found = [one for one in found if one.id in wanted]
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))


async def absent_members(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, or_of: Collection[MemberId]
) -> list[Member]:
    """Find who is on a break or has a closed account, and these members, whatever their state."""
    states = (MemberState.PAUSED, MemberState.DEACTIVATED)
    found = await members(connection, workspace_id, states=states)
    others = frozenset(or_of) - {one.id for one in found}
    return found + await members(connection, workspace_id, ids=others)


async def accounts(
    connection: AsyncConnection, workspace_id: WorkspaceId
) -> dict[MemberId, SlackUserId]:
    """Find the Slack account of each member, by a statement that names nobody, ordered by id."""
    query = (
        sa.select(member_table.c.id, member_table.c.slack_user_id)
        .where(member_table.c.workspace_id == workspace_id)
        .order_by(member_table.c.id)
    )
    return {row.id: row.slack_user_id for row in await connection.execute(query)}


async def yet_to_accept(
    connection: AsyncConnection, workspace_id: WorkspaceId
) -> list[tuple[MemberId, SlackUserId]]:
    """Find the active mentors and mentees who have not accepted the code of conduct."""
    query = sa.select(member_table.c.id, member_table.c.slack_user_id).where(
        rows_of(member_table, workspace_id, state=MemberState.ACTIVE, conduct_accepted_at=None),
        having(*PAIRED),
    )
    return [(row.id, row.slack_user_id) for row in await connection.execute(query)]


async def were_queued(
    connection: AsyncConnection, workspace_id: WorkspaceId, dedupe_keys: Collection[str]
) -> set[str]:
    """Find which of these keys the outbox has had."""
    found: set[str] = set()
    for some in portions(sorted(dedupe_keys)):
        query = sa.select(outbox.c.dedupe_key).where(rows_of(outbox, workspace_id, dedupe_key=some))
        found |= set((await connection.execute(query)).scalars())
    return found


async def last_asked(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, kind: str
) -> dict[MemberId, datetime]:
    """Find when each member was last asked by a message of this kind."""
    query = (
        sa.select(outbox.c.subject_id, sa.func.max(outbox.c.created_at).label("asked_at"))
        .where(rows_of(outbox, workspace_id, kind=kind))
        .group_by(outbox.c.subject_id)
    )
    rows = await connection.execute(query)
    return {MemberId(row.subject_id): row.asked_at for row in rows}


async def count(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    of: Sequence[Collection[Role]],
    *,
    now: datetime,
) -> list[Count]:
    """Count those with any of each of these roles: taking part, accepted the code, away, and the
    mentees whom they can take.

    A member with several roles counts in each."""
    is_away = sa.and_(
        member_table.c.state == MemberState.PAUSED.value,
        sa.or_(member_table.c.paused_until.is_(None), member_table.c.paused_until > now),
    )
    accepted = member_table.c.conduct_accepted_at.is_not(None)
    counted = [
        one
        for roles in of
        for one in (
            *(
                sa.func.count(sa.case((sa.and_(which, having(*roles)), 1)))
                for which in (sa.true(), accepted, is_away)
            ),
            sa.func.coalesce(sa.func.sum(sa.case((having(*roles), member_table.c.capacity))), 0),
        )
    ]
    states = [MemberState.ACTIVE, MemberState.PAUSED]
    query = sa.select(*counted).where(rows_of(member_table, workspace_id, state=states))
    found = tuple((await connection.execute(query)).one())
    return [Count(*found[at : at + 4]) for at in range(0, len(found), 4)]


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
    await put_rows(connection, member_table, rows, changing=_CHANGING)


async def date_departures(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime
) -> int:
    """Count from today for people of whom it is not known when they left; returns how many."""
    states = [MemberState.LEFT, MemberState.DEACTIVATED]
    undated = rows_of(member_table, workspace_id, state=states, away_from=None)
    done = await connection.execute(sa.update(member_table).where(undated).values(away_from=now))
    return done.rowcount


async def remove_member(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> bool:
    """Delete the member's row. True if there was one."""
    return await delete_rows(connection, member_table, workspace_id, id=member_id) > 0


async def todos(connection: AsyncConnection, member: Member, now: datetime) -> list[ToDo]:
    """List what a member, or a coordinator, can do about membership."""
    if not member.takes_part:
        return []
    found: list[ToDo] = []
    if member.roles & PAIRED and not member.has_accepted_conduct:
        weight = Weight.STARTS_THE_PROGRAMME
        found.append(ToDo(kind=ToDoKind.ACCEPT_CONDUCT, weight=weight, since=now))
    if member.is_coordinator:
        found += await _todos_of_coordinators(connection, member.workspace_id, now)
    return found


async def _todos_of_coordinators(
    connection: AsyncConnection, workspace_id: WorkspaceId, now: datetime
) -> list[ToDo]:
    people = sa.and_(
        member_table.c.workspace_id == workspace_id,
        having(*PAIRED),
        member_table.c.state.in_([MemberState.ACTIVE.value, MemberState.PAUSED.value]),
    )
    was_asked = sa.exists().where(
        rows_of(outbox, workspace_id, kind=MessageKind.CONDUCT_INVITATION),
        outbox.c.subject_id == member_table.c.id,
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
