"""Delete what delivery keeps about a member who is erased."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.store import withdraw
from bot.delivery.tables import delivery_recipient, delivery_rhythm, outbox
from bot.kernel.database import delete_rows, rows_of
from bot.kernel.ids import WorkspaceId, new_id


async def erase(connection: AsyncConnection, workspace_id: WorkspaceId, recipient: str) -> None:
    """Delete all that delivery keeps about a recipient, in whatever state.

    What is on its way at this moment still arrives; nobody remembers it afterwards.
    """
    for table in (outbox, delivery_recipient, delivery_rhythm):
        await delete_rows(connection, table, workspace_id, recipient=recipient)


async def erase_about(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, ending: str
) -> None:
    """Delete what is kept about subjects that end so, to whomever it goes."""
    theirs = outbox.c.subject_id.endswith(ending, autoescape=True)
    await connection.execute(outbox.delete().where(rows_of(outbox, workspace_id), theirs))


async def forget_member(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: str, *, now: datetime
) -> None:
    """Take back what waits for others about a member, and let no entry name them any more."""
    names = [outbox.c[name] for name in ("subject_id", "dedupe_key")]
    here = rows_of(outbox, workspace_id)
    about = sa.select(names[0]).where(here, names[0].contains(member_id, autoescape=True))
    subjects = set((await connection.execute(about.distinct())).scalars())
    theirs = [one for one in subjects if member_id in one.split(":")]
    await withdraw(connection, workspace_id, subject_id=theirs, now=now)
    named = sa.or_(*(one.contains(member_id, autoescape=True) for one in names))
    gone = new_id("erased")
    without = {one.name: sa.func.replace(one, member_id, gone) for one in names}
    await connection.execute(sa.update(outbox).where(here, named).values(without))
