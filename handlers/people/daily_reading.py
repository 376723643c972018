"""Read Slack's directory every morning, and tell coordinators who does not fit any more."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.people import directory, store
from bot.people.profiles import Directory
from bot.schedule.model import Due
from handlers.blocks import Block
from handlers.capability import Viewer
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.people import directory_views, slack_directory
from handlers.sending.messenger import Written


def register(edge: Edge) -> None:
    """Add the listener of what the reading found."""
    edge.action("people.misfits", on_misfits)


async def read_daily(services: Services, due: Due, now: datetime) -> None:
    """Read the whole directory, and bring members in line with it.

    Raises what Slack answers, and the duty is tried again: with half of it nothing is changed.
    """
    async with services.database.reading() as connection:
        if not await store.members(connection, due.workspace_id):
            return
    client = await services.clients.of(due.workspace_id)
    if client is None:
        return
    try:
        found = await slack_directory.read_everybody(client, due.workspace_id)
    except slack_directory.SlackIsBusy as busy:
        raise OperatorFacing(type(busy).__name__) from None
    await follow(services, due.workspace_id, found, now=now)


async def follow(
    services: Services, workspace_id: WorkspaceId, found: Directory, *, now: datetime
) -> None:
    """Bring members in line with what was read, tell coordinators, and reconcile groups."""
    async with services.database.writing() as connection:
        followed = await directory.follow_directory(connection, workspace_id, found, now=now)
        if followed.news:
            await directory.tell_coordinators(connection, workspace_id, now=now)
    if followed.changed:
        await services.reconcile_groups(workspace_id)
    services.wake()


async def write_news(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell what one reading found; nothing once it is not so any more."""
    since = datetime.fromisoformat(entry.subject_id)
    found = await directory.findings(connection, entry.workspace_id, since=since)
    return directory_views.news(found) if found else None


async def home(viewer: Viewer) -> list[Block]:
    """Show a coordinator whom the directory does not fit."""
    if not viewer.member.is_coordinator:
        return []
    found = await directory.findings(viewer.connection, viewer.member.workspace_id)
    return directory_views.home_lines(found)


async def on_misfits(call: Call, services: Services) -> None:
    """Say of everybody whom the directory does not fit what to do."""
    await services.coordinator(call)
    async with services.database.reading() as connection:
        found = await directory.findings(connection, call.workspace_id)
    await call.open(directory_views.misfits_modal(found))
