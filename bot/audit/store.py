"""Store coordinators' acts: one is added in the transaction that does it, and never changed."""

import json
from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.model import Act, AuditEntry, AuditId
from bot.audit.tables import audit_entry
from bot.kernel.commits import once_committed
from bot.kernel.database import read_as, rows_of, values_of
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId, new_id

log = structlog.get_logger("cairn.acts")

MOST_WHAT_CHARS = 300


async def record(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    act: Act,
    *,
    by: MemberId | None,
    now: datetime,
    programme_id: ProgrammeId | None = None,
    about: Collection[str] = (),
    what: str = "",
    count: int | None = None,
) -> None:
    """Write down that `by` (None: the command line) did this now, in the act's own transaction.

    The log tells of the act and its `count`, and of nobody.
    """
    entry = AuditEntry(
        id=AuditId(new_id("audit")),
        workspace_id=workspace_id,
        at=now,
        act=act,
        by=by,
        programme_id=programme_id,
        about=tuple(map(MemberId, about)),
        what=what[:MOST_WHAT_CHARS],
    )
    row = values_of(entry, audit_entry, act=act.value, about=list(entry.about))
    await connection.execute(sa.insert(audit_entry).values(row))
    say = partial(log.info, "act_recorded", workspace=workspace_id, act=act.value, count=count)
    once_committed(connection, say)


async def entries(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    before: tuple[datetime, AuditId] | None = None,
    acts: Collection[Act] | None = None,
    person: MemberId | None = None,
    most: int | None = None,
) -> list[AuditEntry]:
    """Find the acts of a workspace, the latest first; `before` one of them, to page on.

    With `acts`, those alone; with `person`, what this member did, or what was done about them.
    """
    query = sa.select(audit_entry).where(rows_of(audit_entry, workspace_id))
    if acts is not None:
        query = query.where(audit_entry.c.act.in_([one.value for one in acts]))
    if person is not None:
        query = query.where((audit_entry.c.by == person) | _names(person))
    if before is not None:
        position = sa.tuple_(audit_entry.c.at, audit_entry.c.id)
        query = query.where(position < sa.tuple_(*map(sa.literal, before)))
    query = query.order_by(audit_entry.c.at.desc(), audit_entry.c.id.desc()).limit(most)
    return [_entry(row) for row in await connection.execute(query)]


async def forget_member(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> None:
    """Let no act name a member who is erased; that it was done stays."""
    its = rows_of(audit_entry, workspace_id)
    theirs = sa.update(audit_entry).where(its, audit_entry.c.by == member_id).values(by=None)
    await connection.execute(theirs)
    for one in await entries(connection, workspace_id, person=member_id):
        about = [other for other in one.about if other != member_id]
        its_row = rows_of(audit_entry, workspace_id, id=one.id)
        await connection.execute(sa.update(audit_entry).where(its_row).values(about=about))


def _names(member_id: MemberId) -> sa.ColumnElement[bool]:
    """Match the acts that are about a member."""
    about = sa.cast(audit_entry.c.about, sa.String)
    return about.contains(json.dumps(member_id), autoescape=True)


def _entry(row: sa.Row[Any]) -> AuditEntry:
    return read_as(AuditEntry, row, act=Act(row.act), about=tuple(row.about))
