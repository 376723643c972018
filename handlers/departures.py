"""Takes people out of the Slack channels of groups in which they have no seat any more."""

from collections.abc import Sequence

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot.endings import Departure
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.pairing.settling import Leaver
from bot.people import store as people
from handlers.services import Services

log = structlog.get_logger("cairn.pairing")


async def leave_channels(
    services: Services, workspace_id: WorkspaceId, leavers: Sequence[Leaver]
) -> None:
    """Remove each from the channel they are still in. Call after the commit that moved them.

    Nothing is raised: whoever cannot be removed stays, and a warning is logged without a name.
    """
    if not leavers:
        return
    async with services.database.reading() as connection:
        found = await people.members(
            connection, workspace_id, ids=[one.member_id for one in leavers]
        )
    slack_ids = {one.id: one.slack_user_id for one in found}
    await depart(
        services,
        workspace_id,
        [
            Departure(slack_ids[one.member_id], one.slack_channel)
            for one in leavers
            if one.member_id in slack_ids
        ],
    )


async def depart(
    services: Services, workspace_id: WorkspaceId, departures: Sequence[Departure]
) -> None:
    """As `leave_channels`, for people whom Cairn may not know any more."""
    try:
        client = await services.clients.of(workspace_id) if departures else None
    except (OperatorFacing, SQLAlchemyError, OSError) as failure:
        log.warning("channel_not_left", reason=type(failure).__name__)
        return
    if client is None:
        return
    for one in departures:
        try:
            await client.conversations_kick(channel=one.slack_channel, user=one.slack_user_id)
        except SlackApiError as failure:
            log.warning("channel_not_left", reason=str(failure.response.get("error")))
        except (aiohttp.ClientError, TimeoutError, OSError) as failure:
            log.warning("channel_not_left", reason=type(failure).__name__)
