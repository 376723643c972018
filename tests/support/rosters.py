"""Bring a list in as the form does: read it, look at it, apply it."""

from collections.abc import Collection
from datetime import datetime

from bot.kernel.database import Database
from bot.kernel.ids import WorkspaceId
from bot.people.roster import read_roster
from bot.people.roster_import import apply, look_at
from bot.people.roster_preview import Preview
from bot.people.roster_text import read_table


async def import_roster(
    database: Database,
    workspace_id: WorkspaceId,
    content: str,
    *,
    now: datetime,
    timezone: str = "UTC",
    stages: Collection[str] | None = None,
) -> Preview:
    """Apply a list, barriers too, and give its preview; with a problem nothing is done."""
    reading = read_roster(read_table(content))
    async with database.writing() as connection:
        shown = await look_at(connection, workspace_id, reading, stages=stages, zone=timezone)
        if not shown.problems:
            await apply(
                connection, workspace_id, shown, by="test", now=now, barriers_confirmed=True
            )
    return shown
