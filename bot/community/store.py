"""Store charters, their lines sealed, and what members say to them."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.community.model import Charter, CharterLine, CharterTopic, Stance
from bot.community.tables import charter, charter_line, charter_stance
from bot.kernel.database import (
    add_row,
    delete_rows,
    insert_into,
    put_rows,
    read_as,
    rows_of,
    values_of,
)
from bot.kernel.ids import GroupId, MemberId, WorkspaceId
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost
from bot.people.model import Member

SEALED = SealedRows(
    charter_line, ("workspace_id", "id", "group_id", "topic", "author_id", "written_at")
)


async def with_facts(connection: AsyncConnection, empty: Sequence[Charter]) -> list[Charter]:
    """Add to these groups' charters their version, number of lines and stances."""
    if not empty:
        return []
    workspace_id, ids = empty[0].workspace_id, [one.group_id for one in empty]
    lines = (
        sa.select(sa.func.count())
        .where(
            charter_line.c.workspace_id == charter.c.workspace_id,
            charter_line.c.group_id == charter.c.group_id,
        )
        .scalar_subquery()
    )
    query = sa.select(charter, lines.label("line_count"))
    rows = await connection.execute(query.where(rows_of(charter, workspace_id, group_id=ids)))
    facts = {row.group_id: row for row in rows}
    said: dict[str, dict[MemberId, tuple[int, Stance]]] = {}
    its = rows_of(charter_stance, workspace_id, group_id=ids)
    for row in await connection.execute(sa.select(charter_stance).where(its)):
        said.setdefault(row.group_id, {})[row.member_id] = (row.version, Stance(row.stance))
    return [_filled(one, facts.get(one.group_id), said.get(one.group_id, {})) for one in empty]


def _filled(
    empty: Charter, row: sa.Row[Any] | None, said: dict[MemberId, tuple[int, Stance]]
) -> Charter:
    version = row.version if row else 0
    stances = {member: stance for member, (of, stance) in said.items() if of == version}
    if row is None:
        return replace(empty, stances=stances)
    return replace(
        empty,
        version=version,
        changed_at=row.changed_at,
        line_count=row.line_count,
        stances=stances,
    )


async def lines(
    connection: AsyncConnection, workspace_id: WorkspaceId, group_id: GroupId
) -> list[CharterLine]:
    """Open the lines of a group's charter, by topic and the oldest first."""
    query = (
        sa.select(charter_line)
        .where(rows_of(charter_line, workspace_id, group_id=group_id))
        .order_by(charter_line.c.written_at, charter_line.c.id)
    )
    found = [await _opened(connection, row) for row in (await connection.execute(query)).all()]
    order = list(CharterTopic)
    return sorted(found, key=lambda one: order.index(one.topic))


async def line(
    connection: AsyncConnection, workspace_id: WorkspaceId, line_id: str
) -> CharterLine | None:
    """Open the line with this id, or None."""
    query = sa.select(charter_line).where(rows_of(charter_line, workspace_id, id=line_id))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else await _opened(connection, row)


async def _opened(connection: AsyncConnection, row: sa.Row[Any]) -> CharterLine:
    try:
        text = await SEALED.open(connection, row)
    except KeyLost:
        text = None
    return read_as(CharterLine, row, topic=CharterTopic(row.topic), text=text)


async def add_line(connection: AsyncConnection, new: CharterLine) -> bool:
    """Write a line; False where that id is there already."""
    return await add_row(connection, charter_line, await _row(connection, new))


async def put_line(connection: AsyncConnection, changed: CharterLine) -> None:
    """Write a line over the one with its id."""
    await put_rows(connection, charter_line, [await _row(connection, changed)])


async def _row(connection: AsyncConnection, one: CharterLine) -> dict[str, Any]:
    row = values_of(one, charter_line, topic=one.topic.value)
    return await SEALED.seal(connection, row, one.text)


async def remove_line(connection: AsyncConnection, gone: CharterLine) -> bool:
    """Delete a line. True if it was there."""
    return await delete_rows(connection, charter_line, gone.workspace_id, id=gone.id) > 0


async def next_version(
    connection: AsyncConnection, workspace_id: WorkspaceId, group_id: GroupId, *, now: datetime
) -> int:
    """Count a change of a group's charter, so that everybody's word is asked anew."""
    key = {"workspace_id": workspace_id, "group_id": group_id}
    first = insert_into(connection, charter).values(**key, version=1, changed_at=now)
    upsert = first.on_conflict_do_update(
        index_elements=list(key), set_={"version": charter.c.version + 1, "changed_at": now}
    )
    return int((await connection.execute(upsert.returning(charter.c.version))).scalar_one())


async def put_stance(
    connection: AsyncConnection,
    of: Charter,
    member_id: MemberId,
    stance: Stance,
    *,
    version: int,
    now: datetime,
) -> None:
    """Keep what a member says to a version."""
    row = {
        "workspace_id": of.workspace_id,
        "group_id": of.group_id,
        "member_id": member_id,
        "version": version,
        "stance": stance.value,
        "said_at": now,
    }
    await put_rows(connection, charter_stance, [row])


async def erase(connection: AsyncConnection, member: Member, now: datetime) -> int:
    """Delete a member's lines and stances; what is left of a charter is a new version."""
    its = rows_of(charter_line, member.workspace_id, author_id=member.id)
    groups: Collection[str] = (
        (await connection.execute(sa.select(charter_line.c.group_id).where(its).distinct()))
        .scalars()
        .all()
    )
    gone = await delete_rows(connection, charter_line, member.workspace_id, author_id=member.id)
    await delete_rows(connection, charter_stance, member.workspace_id, member_id=member.id)
    for group_id in groups:
        await next_version(connection, member.workspace_id, GroupId(group_id), now=now)
    return gone
