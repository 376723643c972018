"""The daily check of a programme's groups, with what it needs from outside."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.daily_check import every_morning
from bot.kernel.ids import ProgrammeId
from bot.kinds import ScheduleKind
from bot.programme import store as programmes
from bot.schedule.duties import Duty
from bot.schedule.model import Due
from handlers.edge.services import Services


def duties(services: Services) -> dict[str, Duty]:
    """What is done about a programme's groups every morning."""

    async def morning(connection: AsyncConnection, due: Due, now: datetime) -> None:
        found = await programmes.programme(
            connection, due.workspace_id, ProgrammeId(due.subject_id)
        )
        if found is not None:
            await every_morning(
                connection,
                found,
                now=now,
                framework=services.catalogue.frameworks.get(found.framework_id),
                weights=services.catalogue.weights,
            )

    return {ScheduleKind.DAILY_CHECK: morning}
