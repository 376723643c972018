"""The daily check of a programme's groups, with what it needs from outside."""

from datetime import datetime

from bot.flows.daily_check import every_morning
from bot.kernel.ids import ProgrammeId
from bot.kinds import ScheduleKind
from bot.schedule.claims import Duty, Outside
from bot.schedule.model import Due
from handlers.edge.services import Services


def duties(services: Services) -> dict[str, Duty]:
    """What is done about a programme's groups every morning."""

    async def morning(due: Due, now: datetime) -> None:
        await every_morning(
            services.database,
            due.workspace_id,
            ProgrammeId(due.subject_id),
            now=now,
            frameworks=services.catalogue.frameworks,
            weights=services.catalogue.weights,
        )
        services.wake()

    return {ScheduleKind.DAILY_CHECK: Outside(morning)}
