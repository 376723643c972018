"""Store announcements, their words sealed. Each function but one sees one workspace only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements.model import Addressees, Announcement, AnnouncementId, AnnouncementState
from bot.announcements.tables import announcement
from bot.kernel.database import delete_rows, put_rows, read_as, rows_of, values_of
from bot.kernel.ids import MemberId, WorkspaceId
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost

SEALED = SealedRows(announcement, ("workspace_id", "id", "by"))


async def put(connection: AsyncConnection, one: Announcement) -> None:
    """Keep an announcement as it is now."""
    row = values_of(one, announcement, named=list(one.named))
    await put_rows(connection, announcement, [await SEALED.seal(connection, row, one.text)])


async def find(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    its_id: AnnouncementId,
    *,
    hold: bool = False,
) -> Announcement | None:
    """Find an announcement; `hold` keeps others from changing it until the transaction ends."""
    query = sa.select(announcement).where(rows_of(announcement, workspace_id, id=its_id))
    query = query.with_for_update() if hold else query
    row = (await connection.execute(query)).one_or_none()
    return await _opened(connection, row) if row else None


async def recent(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, most: int
) -> list[Announcement]:
    """Find what was announced, the latest first; no drafts."""
    query = (
        sa.select(announcement)
        .where(rows_of(announcement, workspace_id), announcement.c.state != AnnouncementState.DRAFT)
        .order_by(announcement.c.send_at.desc(), announcement.c.id)
        .limit(most)
    )
    return [await _opened(connection, row) for row in (await connection.execute(query)).all()]


async def ids_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, author: MemberId
) -> Sequence[str]:
    """Find what a member has written."""
    query = sa.select(announcement.c.id).where(rows_of(announcement, workspace_id, by=author))
    return (await connection.execute(query)).scalars().all()


async def remove_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> None:
    """Delete what a member has written, and drafts to them."""
    await delete_rows(connection, announcement, workspace_id, by=member_id)
    query = sa.select(announcement.c.id, announcement.c.named).where(
        rows_of(announcement, workspace_id, state=AnnouncementState.DRAFT)
    )
    to_them = [row.id for row in await connection.execute(query) if member_id in row.named]
    await delete_rows(connection, announcement, workspace_id, id=to_them)


async def forget(
    connection: AsyncConnection, *, drafts_before: datetime, sent_before: datetime
) -> int:
    """Delete, in all workspaces, drafts and announcements that are older."""
    is_draft = announcement.c.state == AnnouncementState.DRAFT
    old = sa.case(
        (is_draft, announcement.c.written_at < drafts_before),
        else_=announcement.c.send_at < sent_before,
    )
    return (await connection.execute(sa.delete(announcement).where(old))).rowcount


async def _opened(connection: AsyncConnection, row: sa.Row[Any]) -> Announcement:
    kept = {
        "audience": Addressees(row.audience),
        "state": AnnouncementState(row.state),
        "named": tuple(row.named),
    }
    try:
        return read_as(Announcement, row, **kept, text=await SEALED.open(connection, row))
    except KeyLost:
        return read_as(Announcement, row, **kept, text="", is_readable=False)
