"""Store lists between the steps of their import, what they said, and what their columns hold."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import delete_rows, put_rows, read_each, rows_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId, new_id
from bot.kinds import ScheduleKind
from bot.people.model import Member
from bot.people.roster_columns import Mapped, head_key
from bot.people.roster_preview import Digests, MemberChange, Preview
from bot.people.roster_text import Table
from bot.people.tables import roster_import, roster_mapping, roster_said
from bot.schedule import store as schedule
from bot.schedule.model import Due, Once

KEPT_FOR = timedelta(hours=1)
"""A list waits so long for its next step, and an import can be taken back for so long."""
EXPIRED = "This list has waited for more than an hour. Choose the file again; nothing was changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The changes of an import, to take it back by. `said` is as it was before, by member."""

    new: tuple[Member, ...]
    changed: tuple[MemberChange, ...]
    said: Mapping[MemberId, Digests]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastImport:
    """An import that can still be taken back, until `until` (UTC)."""

    id: str
    until: datetime


Content = TypeVar("Content", Table, Preview, Applied)
_STATES: Mapping[type, str] = {Table: "table", Preview: "preview", Applied: "applied"}
"""Content of a list, by step: until columns and roles are known; as somebody saw it, so that
this is what is applied; and what is needed to take it back."""
_TYPES: Mapping[type, TypeAdapter[Any]] = {one: TypeAdapter(one) for one in _STATES}


async def keep(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    content: Table | Preview | Applied,
    *,
    by: str,
    now: datetime,
    import_id: str | None = None,
) -> str:
    """Keep for an hour what the next step needs. Gives its id.

    With the id of what was kept for the step before, that is over and this stands in its place.
    """
    kind, import_id = type(content), import_id or new_id("import")
    row = {
        "workspace_id": workspace_id,
        "id": import_id,
        "state": _STATES[kind],
        "made_by": by,
        "made_at": now,
        "content": _TYPES[kind].dump_python(content, mode="json"),
    }
    await put_rows(connection, roster_import, [row])
    await schedule.put(
        connection,
        workspace_id,
        kind=ScheduleKind.ROSTER_FORGOTTEN,
        subject_id=import_id,
        rule=Once(now + KEPT_FOR),
        tz="UTC",
        now=now,
    )
    return import_id


async def kept_content(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    import_id: str,
    kind: type[Content],
    *,
    now: datetime,
) -> Content:
    """Find what was kept for a step. Raises UserFacing once its hour has passed."""
    query = sa.select(roster_import.c.content).where(
        rows_of(roster_import, workspace_id, id=import_id, state=_STATES[kind]),
        roster_import.c.made_at > now - KEPT_FOR,
    )
    content = (await connection.execute(query)).scalar_one_or_none()
    if content is None:
        raise UserFacing(EXPIRED)
    found: Content = await asyncio.to_thread(_TYPES[kind].validate_python, content)
    return found


async def applied_import(
    connection: AsyncConnection, workspace_id: WorkspaceId, import_id: str, *, now: datetime
) -> Applied:
    """Find the last import, to take it back.

    Raises UserFacing once its hour has passed, and when another list was imported since.
    """
    last = await last_import(connection, workspace_id, now=now)
    if last is not None and last.id != import_id:
        raise UserFacing("Another list was imported since. Take that one back first.")
    if last is None:
        raise UserFacing(
            "This can no longer be taken back: it was taken back already, or an hour has passed. "
            "Import a corrected list instead."
        )
    return await kept_content(connection, workspace_id, import_id, Applied, now=now)


async def last_import(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime
) -> LastImport | None:
    """Find the last import, while it can be taken back."""
    query = (
        sa.select(roster_import)
        .where(
            rows_of(roster_import, workspace_id, state=_STATES[Applied]),
            roster_import.c.made_at > now - KEPT_FOR,
        )
        .order_by(roster_import.c.made_at.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return LastImport(id=row.id, until=row.made_at + KEPT_FOR)


async def mapping_for(
    connection: AsyncConnection, workspace_id: WorkspaceId, table: Table
) -> Mapping[str, Mapped]:
    """Find what was said before about the columns of a table with this head; empty if nothing."""
    query = sa.select(roster_mapping.c.mapping).where(
        rows_of(roster_mapping, workspace_id, head_digest=_head_digest(table))
    )
    return (await connection.execute(query)).scalar_one_or_none() or {}


async def remember_mapping(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    table: Table,
    mapping: Mapping[str, Mapped],
    *,
    now: datetime,
) -> None:
    """Remember what the columns of a table with this head hold."""
    row = {
        "workspace_id": workspace_id,
        "head_digest": _head_digest(table),
        "mapping": dict(mapping),
        "made_at": now,
    }
    await put_rows(connection, roster_mapping, [row])


def _head_digest(table: Table) -> str:
    """Know a form's head again; what was said of a list without a head is about that list alone."""
    key = head_key(table.head) if table.has_head else repr(table.records)
    return hashlib.sha256(key.encode()).hexdigest()


async def forget_imports(connection: AsyncConnection, due: Due, now: datetime) -> None:
    """Delete the lists of a workspace whose hour has passed: the duty of ROSTER_FORGOTTEN."""
    await connection.execute(
        sa.delete(roster_import).where(
            rows_of(roster_import, due.workspace_id), roster_import.c.made_at <= now - KEPT_FOR
        )
    )


async def forget_all(connection: AsyncConnection, workspace_id: WorkspaceId) -> None:
    """Delete every list under way or applied, which may name somebody who is erased."""
    await delete_rows(connection, roster_import, workspace_id)


async def said_by_slack_id(
    connection: AsyncConnection, workspace_id: WorkspaceId, members: Sequence[Member]
) -> dict[str, Digests]:
    by_member = await said_of(connection, workspace_id)
    return {one.slack_user_id: by_member[one.id] for one in members if one.id in by_member}


async def said_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, **whose: MemberId
) -> dict[MemberId, Digests]:
    """Read what lists said, by member; of one `member_id`, or of everybody."""
    query = sa.select(roster_said).where(rows_of(roster_said, workspace_id, **whose))
    return dict(
        await read_each(connection, query, lambda row: (MemberId(row.member_id), row.digests))
    )


async def put_said(
    connection: AsyncConnection, workspace_id: WorkspaceId, said: Mapping[MemberId, Digests]
) -> None:
    rows: list[dict[str, object]] = [
        {"workspace_id": workspace_id, "member_id": who, "digests": dict(digests)}
        for who, digests in said.items()
    ]
    await put_rows(connection, roster_said, rows)
