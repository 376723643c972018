"""Another coordinator, who changes the same programme at the same time."""

from datetime import time

from bot.course import use_cases
from bot.course.model import NewNudges
from bot.kernel.ids import WorkspaceId
from bot.people import store as people
from bot.people.model import Role
from bot.programme.model import Programme
from handlers.course.preview import catalogued
from runtime.process import Cairn


async def somebody_else_changes(cairn: Cairn, programme: Programme, *, weekday: int) -> None:
    """Let nudges come on another weekday, as any coordinator there is."""
    workspace_id, now = WorkspaceId(cairn.workspace_id), cairn.services.clock.now()
    known, change = catalogued(cairn.services), NewNudges(weekday=weekday, at=time(11))
    async with cairn.database.reading() as connection:
        (by, *_) = await people.members(connection, workspace_id, roles=[Role.COORDINATOR])
    asked = use_cases.CourseOrder(
        workspace_id=workspace_id, programme_id=programme.id, by=by.id, catalogued=known, now=now
    )
    found = await use_cases.preview(cairn.database, asked, change)
    async with cairn.database.writing() as connection:
        await use_cases.apply(connection, asked, change, token=found.token)
