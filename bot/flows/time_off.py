"""Let everything follow a workspace's public holidays and breaks when they change."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.store import release
from bot.flows import pulse_rounds
from bot.kernel.ids import WorkspaceId
from bot.schedule import store as schedule
from bot.schedule.calendar import Calendar
from bot.schedule.time_off import put_calendar


async def change_time_off(
    connection: AsyncConnection, workspace_id: WorkspaceId, calendar: Calendar, *, now: datetime
) -> None:
    """Keep the days off; what falls due, open pulses and what waits to be sent go by them now.

    Raises ValueError for an unknown country or region.
    """
    await put_calendar(connection, workspace_id, calendar)
    await schedule.follow_calendar(connection, workspace_id, now=now)
    await pulse_rounds.follow_days_off(connection, workspace_id, now=now)
    await release(connection, workspace_id, None, now=now)
