"""Where pairings and the waitlist are kept. Each function sees one workspace only."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import insert_into, read_each, write_each
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.matching.records import EndReason, Method, Pairing, Waiting
from bot.matching.tables import pairing_table, waitlist_table

_COLUMNS = tuple(column.name for column in pairing_table.columns)


async def add_pairings(
    connection: AsyncConnection, workspace_id: WorkspaceId, pairings: Iterable[Pairing]
) -> None:
    """Keep new pairings.

    Raises ValueError for one of another workspace, IntegrityError where the two are paired in
    this programme already.
    """
    rows = []
    for one in pairings:
        if one.workspace_id != workspace_id:
            raise ValueError("a pairing can be written only into its own workspace")
        values: dict[str, object] = {name: getattr(one, name) for name in _COLUMNS}
        values["method"] = one.method.value
        values["end_reason"] = one.end_reason.value if one.end_reason else None
        rows.append(values)
    await write_each(connection, sa.insert(pairing_table), rows)


async def pairings(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    with_ended: bool = False,
    mentor_id: MemberId | None = None,
    mentee_id: MemberId | None = None,
    group_id: GroupId | None = None,
    of: Collection[MemberId] | None = None,
) -> list[Pairing]:
    """The programme's pairings that last, or all there ever were, the oldest first.

    Those of one mentor, one mentee or one group where that is given, or `of` any of these people.
    """
    query = (
        sa.select(pairing_table)
        .where(
            pairing_table.c.workspace_id == workspace_id,
            pairing_table.c.programme_id == programme_id,
        )
        .order_by(pairing_table.c.started_at, pairing_table.c.mentee_id, pairing_table.c.id)
    )
    wanted = {"mentor_id": mentor_id, "mentee_id": mentee_id, "group_id": group_id}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(pairing_table.c[name] == value)
    if of is not None:
        query = query.where(
            sa.or_(pairing_table.c.mentee_id.in_(of), pairing_table.c.mentor_id.in_(of))
        )
    if not with_ended:
        query = query.where(pairing_table.c.ended_at.is_(None))
    return await read_each(connection, query, _pairing)


async def pairing(
    connection: AsyncConnection, workspace_id: WorkspaceId, pairing_id: str
) -> Pairing | None:
    """The pairing with this id, lasting or ended, or None."""
    query = sa.select(pairing_table).where(
        pairing_table.c.workspace_id == workspace_id, pairing_table.c.id == pairing_id
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _pairing(row)


async def end_pairings(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    pairing_ids: Collection[str],
    *,
    why: EndReason,
    now: datetime,
) -> None:
    """End these pairings at `now`; those that have ended stay as they are."""
    await connection.execute(
        sa.update(pairing_table)
        .where(
            pairing_table.c.workspace_id == workspace_id,
            pairing_table.c.id.in_(list(pairing_ids)),
            pairing_table.c.ended_at.is_(None),
        )
        .values(ended_at=now, end_reason=why.value)
    )


async def forget_programme(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> None:
    """Delete the programme's pairings and waitlist, as if nothing had been approved."""
    for table in (pairing_table, waitlist_table):
        await connection.execute(
            sa.delete(table).where(
                table.c.workspace_id == workspace_id, table.c.programme_id == programme_id
            )
        )


async def wait(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    waiting: Iterable[Waiting],
) -> None:
    """Put mentees on the waitlist; who is on it keeps their place, with the new reason."""
    rows = [
        {
            "workspace_id": workspace_id,
            "programme_id": programme_id,
            "member_id": one.member_id,
            "since": one.since,
            "reason": one.reason,
            "keeps_group": one.keeps_group,
        }
        for one in waiting
    ]
    if not rows:
        return
    insert = insert_into(connection, waitlist_table)
    statement = insert.on_conflict_do_update(
        index_elements=["workspace_id", "programme_id", "member_id"],
        set_={"reason": insert.excluded.reason, "keeps_group": insert.excluded.keeps_group},
    )
    await connection.execute(statement, rows)


async def waitlist(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> list[Waiting]:
    """Who waits for a seat in this programme, the longest first."""
    query = _waitlist(workspace_id, programme_id)
    return [_waiting(row) for row in await connection.execute(query)]


async def first_waiting(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    limit: int,
) -> tuple[list[Waiting], int]:
    """Who has waited longest for a seat in this programme, and how many wait in all."""
    query = (
        _waitlist(workspace_id, programme_id)
        .add_columns(sa.func.count().over().label("of"))
        .limit(limit)
    )
    rows = (await connection.execute(query)).all()
    return [_waiting(row) for row in rows], rows[0].of if rows else 0


async def waiting_of(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    member_id: MemberId,
) -> Waiting | None:
    """How this member waits for a seat in this programme; None for who does not."""
    query = _waitlist(workspace_id, programme_id).where(waitlist_table.c.member_id == member_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _waiting(row)


async def stop_waiting(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    member_ids: Collection[MemberId],
) -> None:
    """Take these members off the waitlist."""
    await connection.execute(
        sa.delete(waitlist_table).where(
            waitlist_table.c.workspace_id == workspace_id,
            waitlist_table.c.programme_id == programme_id,
            waitlist_table.c.member_id.in_(list(member_ids)),
        )
    )


def _waitlist(workspace_id: WorkspaceId, programme_id: ProgrammeId) -> sa.Select[Any]:
    return (
        sa.select(waitlist_table)
        .where(
            waitlist_table.c.workspace_id == workspace_id,
            waitlist_table.c.programme_id == programme_id,
        )
        .order_by(waitlist_table.c.since, waitlist_table.c.member_id)
    )


def _waiting(row: sa.Row[Any]) -> Waiting:
    return Waiting(
        member_id=row.member_id, since=row.since, reason=row.reason, keeps_group=row.keeps_group
    )


def _pairing(row: sa.Row[Any]) -> Pairing:
    values = row._asdict()
    values["group_id"] = GroupId(values["group_id"])
    values["method"] = Method(values["method"])
    values["end_reason"] = EndReason(values["end_reason"]) if values["end_reason"] else None
    return Pairing(**values)
