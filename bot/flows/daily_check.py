"""What happens to a programme's groups every morning."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups.approval import has_come, start_in
from bot.groups.messages import tell
from bot.groups.upkeep import Settled, settle_in
from bot.kernel.dates import local_date
from bot.kernel.errors import UserFacing
from bot.kinds import MessageKind
from bot.matching.model import Weights
from bot.matching.proposals import WEIGHTS
from bot.people.use_cases import coordinators
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState
from bot.stages.model import Framework

START_HELD = MessageKind.START_HELD


async def every_morning(
    connection: AsyncConnection,
    programme: Programme,
    *,
    now: datetime,
    framework: Framework | None = None,
    weights: Weights = WEIGHTS,
) -> Settled:
    """Start the programme on its first day, and keep the groups of a running one in order.

    A start that is held back (its contacts are unset, say) is told to the coordinators, once a
    day, and tried again the next morning.
    """
    workspace_id = programme.workspace_id
    if has_come(programme, now) and await programmes.groups(connection, workspace_id, programme.id):
        try:
            programme = await start_in(
                connection, workspace_id, programme, now=now, framework=framework
            )
        except UserFacing:
            await _tell_held(connection, programme, now=now)
    if programme.state is ProgrammeState.RUNNING:
        return await settle_in(
            connection, workspace_id, programme, now=now, framework=framework, weights=weights
        )
    return Settled()


async def _tell_held(connection: AsyncConnection, programme: Programme, *, now: datetime) -> None:
    today = local_date(now, programme.timezone)
    for one in await coordinators(connection, programme.workspace_id):
        await tell(
            connection,
            programme.workspace_id,
            kind=START_HELD,
            subject_id=programme.id,
            recipient=one.slack_user_id,
            now=now,
            once=f"{programme.id}:{one.id}:{today}",
        )
