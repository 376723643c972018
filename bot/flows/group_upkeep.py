"""Keeps the groups of every running programme in order, after anything that changes the roster."""

from collections.abc import Mapping
from datetime import datetime

from bot.groups.upkeep import reconcile
from bot.kernel.database import Database
from bot.kernel.ids import WorkspaceId
from bot.matching.model import Weights
from bot.matching.proposals import WEIGHTS
from bot.programme.store import running_programmes
from bot.stages.model import Framework


async def reconcile_groups(
    database: Database,
    workspace_id: WorkspaceId,
    *,
    now: datetime,
    frameworks: Mapping[str, Framework],
    weights: Weights = WEIGHTS,
) -> None:
    """Bring all groups under way in line with the members of the workspace.

    Who left frees a seat, who waits is seated, new conflicts are told. Raises GroupsChanged.
    """
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
