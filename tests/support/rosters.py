"""Import a roster from its text in one step, and say by whom it is about."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bot.kernel.database import Database
from bot.kernel.ids import WorkspaceId
from bot.people import store
from bot.people.model import Member
from bot.people.roster import read_roster
from bot.people.roster_import import import_reading
from bot.people.roster_text import read_table


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterImport:
    """The result of an import; `absent` are members whom the roster does not mention."""

    added: tuple[Member, ...] = ()
    changed: tuple[Member, ...] = ()
    unchanged: tuple[Member, ...] = ()
    absent: tuple[Member, ...] = ()
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


async def import_roster(
    database: Database,
    workspace_id: WorkspaceId,
    content: str,
    *,
    now: datetime,
    timezone: str = "UTC",
    stages: Collection[str] | None = None,
) -> RosterImport:
    """Read a roster and apply it, barriers too; `timezone` is for those of whom nobody says it."""
    reading = await asyncio.to_thread(lambda: read_roster(read_table(content)))
    async with database.writing() as connection:
        shown = await import_reading(
            connection,
            workspace_id,
            reading,
            now=now,
            stages=stages,
            zone=timezone,
            barriers_confirmed=True,
        )
        everybody = await store.members(connection, workspace_id)
    if shown.problems:
        return RosterImport(warnings=shown.warnings, problems=shown.problems)
    new = {one.slack_user_id for one in shown.new}
    changed = {one.slack_user_id for one in shown.changed}
    in_list = shown.said.keys() - new - changed
    return RosterImport(
        added=tuple(one for one in everybody if one.slack_user_id in new),
        changed=tuple(one for one in everybody if one.slack_user_id in changed),
        unchanged=tuple(one for one in everybody if one.slack_user_id in in_list),
        absent=tuple(one for one in everybody if one.slack_user_id not in shown.said),
        warnings=shown.warnings,
    )
