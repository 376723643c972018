"""Know who was answered and who asked for a person lately, from the outbox alone."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.tables import outbox
from bot.kernel.database import delete_rows, rows_of
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.kinds import MessageKind


async def was_queued_since(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    kind: MessageKind,
    *,
    about: SlackUserId,
    since: datetime,
) -> bool:
    """Find whether a message of this kind about somebody was put in the outbox after `since`."""
    query = (
        sa.select(outbox.c.id)
        .where(
            rows_of(outbox, workspace_id, kind=kind, subject_id=about),
            outbox.c.created_at > since,
        )
        .limit(1)
    )
    return (await connection.execute(query)).first() is not None


async def forget(connection: AsyncConnection, workspace_id: WorkspaceId, who: SlackUserId) -> None:
    """Delete what was put in the outbox about somebody, to whomever it goes."""
    kinds = [MessageKind.CONVERSATION_ANSWER, MessageKind.CONTACT_WISHED]
    await delete_rows(connection, outbox, workspace_id, kind=kinds, subject_id=who)
