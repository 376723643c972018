"""Keep the groups of programmes in order every morning, and after changes of the roster."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups.approval import has_come, start_in
from bot.groups.messages import news, tell
from bot.groups.upkeep import reconcile
from bot.kernel.clock import local_date
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId, WorkspaceId
from bot.kinds import MessageKind
from bot.matching.model import Weights
from bot.matching.proposals import WEIGHTS
from bot.people.use_cases import coordinators
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState
from bot.programme.store import running_programmes
from bot.stages.model import Framework

START_HELD = MessageKind.START_HELD


async def every_morning(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    now: datetime,
    frameworks: Mapping[str, Framework],
    weights: Weights = WEIGHTS,
) -> None:
    """Start the programme on its first day, and keep the groups of a running one in order.

    A start that is held back is told to the coordinators, once a day. Repeating changes nothing.
    """
    async with database.reading() as connection:
        programme = await programmes.programme(connection, workspace_id, programme_id)
    if programme is None:
        return
    framework = frameworks.get(programme.framework_id)
    if has_come(programme, now):
        async with database.writing() as connection:
            programme = await _start(connection, programme, now=now, framework=framework)
    if programme.state is not ProgrammeState.RUNNING:
        return
    await reconcile(
        database, workspace_id, programme_id, now=now, framework=framework, weights=weights
    )


async def _start(
    connection: AsyncConnection, programme: Programme, *, now: datetime, framework: Framework | None
) -> Programme:
    """Start a programme that has groups; tell the coordinators why, where it cannot start."""
    workspace_id = programme.workspace_id
    if not await programmes.groups(connection, workspace_id, programme.id):
        return programme
    try:
        return await start_in(connection, programme, now=now, framework=framework)
    except UserFacing:
        today = local_date(now, programme.timezone)
        notices = [
            news(
                START_HELD,
                programme.id,
                one.slack_user_id,
                now=now,
                once=f"{programme.id}:{one.id}:{today}",
            )
            for one in await coordinators(connection, programme.workspace_id)
        ]
        await tell(connection, programme.workspace_id, notices, now=now)
        return programme


async def reconcile_groups(
    database: Database,
    workspace_id: WorkspaceId,
    *,
    now: datetime,
    frameworks: Mapping[str, Framework],
    weights: Weights = WEIGHTS,
) -> None:
    """Bring all groups under way in line with the members. Raises GroupsChanged."""
    async with database.reading() as connection:
        running = await running_programmes(connection, workspace_id)
    for programme in running:
        await reconcile(
            database,
            workspace_id,
            programme.id,
            now=now,
            framework=frameworks.get(programme.framework_id),
            weights=weights,
        )
