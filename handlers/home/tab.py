"""The Home tab: put together for whoever opens it, and again after they changed something."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.ids import WorkspaceId
from bot.people import store as people
from bot.people.model import Count, Member, Role
from bot.programme import store as programmes
from bot.programme.groups import count_groups
from bot.programme.model import Programme
from bot.programme.use_cases import current_programme
from handlers.blocks import Block
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.home import views

log = structlog.get_logger("cairn.home")


def register(edge: Edge) -> None:
    """The listener of the Home tab."""
    edge.event("app_home_opened", on_opened)


async def on_opened(call: Call, services: Services) -> None:
    """Show the Home tab; the app's other tabs are none of ours."""
    if call.event.get("tab", "home") == "home":
        await _publish(call, services)


async def refresh(call: Call, services: Services) -> None:
    """Show the caller their Home tab as it is now, after something was done.

    What was done stays done when the tab cannot be shown, so that is logged and nothing more; the
    tab is right when it is opened the next time.
    """
    try:
        await _publish(call, services)
    except (SlackApiError, aiohttp.ClientError, TimeoutError) as failure:
        log.warning("home_not_shown", failure=type(failure).__name__)


async def _publish(call: Call, services: Services) -> None:
    """Publish the tab. One that was changed meanwhile is written over: this is newer."""
    view = await home_tab(call, services)
    hash_seen = call.view_hash if call.view_type == "home" else None
    try:
        await call.client.views_publish(user_id=call.slack_user_id, view=view, hash=hash_seen)
    except SlackApiError as failure:
        if failure.response.get("error") != "hash_conflict":
            raise
        view = await home_tab(call, services)
        await call.client.views_publish(user_id=call.slack_user_id, view=view)


async def home_tab(call: Call, services: Services) -> dict[str, Any]:
    """The Home tab of whoever calls, by the role they have."""
    workspace_id, now = call.workspace_id, services.clock.now()
    async with services.database.reading() as connection:
        member = await people.member_by_slack_id(connection, workspace_id, call.slack_user_id)
        if member is not None:
            return await _members_tab(services, connection, member, now)
        coordinators = await people.members(connection, workspace_id, roles=[Role.COORDINATOR])
    present = [one.slack_user_id for one in coordinators if one.takes_part]
    if not present:
        return views.welcome(may_begin=administers(await profile(call)))
    return views.stranger(present)


async def profile(call: Call) -> dict[str, Any]:
    """What Slack knows about the caller (users.info)."""
    answer = await call.client.users_info(user=call.slack_user_id)
    return dict(answer.get("user") or {})


def administers(about: Mapping[str, Any]) -> bool:
    """Whether somebody with this profile administers the Slack workspace."""
    return bool(about.get("is_admin") or about.get("is_owner"))


async def _members_tab(
    services: Services, connection: AsyncConnection, member: Member, now: datetime
) -> dict[str, Any]:
    workspace_id = member.workspace_id
    if member.role is Role.COORDINATOR and member.takes_part:
        programme = await current_programme(connection, workspace_id)
        return views.coordinator_tab(
            member,
            programme,
            set_up=await _set_up(connection, workspace_id, programme, now=now),
            parts=await _parts(services, connection, member, programme=programme, now=now),
            now=now,
        )
    programme = await programmes.programme_of(connection, workspace_id, member.id)
    parts = await _parts(services, connection, member, programme=programme, now=now)
    shown = programme or await current_programme(connection, workspace_id)
    return views.member_tab(member, shown, parts=parts, now=now)


async def _parts(
    services: Services,
    connection: AsyncConnection,
    member: Member,
    *,
    programme: Programme | None,
    now: datetime,
) -> list[Block]:
    """What every capability has to say to this member."""
    from handlers.checkins import listeners as checkins  # they may refresh this tab
    from handlers.matching import listeners as pairing  # they may refresh this tab
    from handlers.nudges import listeners as nudges  # they may refresh this tab
    from handlers.pulse import listeners as pulse  # they may refresh this tab
    from handlers.queue import listeners as operations  # they may refresh this tab
    from handlers.stages import listeners as stages  # they may refresh this tab

    blocks: list[Block] = []
    for capability in (pairing, checkins, nudges, stages, pulse, operations):
        blocks += await capability.home_blocks(services, connection, member, programme, now)
    return blocks


async def _set_up(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme: Programme | None,
    *,
    now: datetime,
) -> views.SetUp:
    found = await people.count_by_role(connection, workspace_id, now=now)
    mentors, peers, mentees = (
        found.get(role, Count()) for role in (Role.MENTOR, Role.PEER_MENTOR, Role.MENTEE)
    )
    them = (mentors, peers, mentees)
    accepted = sum(one.accepted for one in them)
    return views.SetUp(
        mentors=mentors.members,
        peer_mentors=peers.members,
        mentees=mentees.members,
        accepted=accepted,
        to_accept=sum(one.members for one in them) - accepted,
        away=sum(one.away for one in them),
        groups=await count_groups(connection, programme) if programme else 0,
    )
