"""Reads in Slack who would read the digests, when a channel is chosen and once a week."""

from datetime import datetime, timedelta

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.delivery.reasons import IS_ARCHIVED, MISSING_SCOPE, NOT_IN_CHANNEL
from bot.kernel.clock import local_date
from bot.kernel.ids import ProgrammeId, WorkspaceId
from bot.kinds import MessageKind
from bot.people.use_cases import coordinators
from bot.programme import store as programmes
from bot.programme import use_cases
from bot.programme.digest_channel import Fact
from bot.programme.model import Programme, ProgrammeState
from handlers.edge.clients import CALL_FAILURES
from handlers.edge.services import Services

EVERY = timedelta(days=7)
WORTH_SENDING_FOR = timedelta(days=14)
PAGE = 1000


async def read_facts(client: AsyncWebClient, channel: str) -> frozenset[Fact]:
    """Read what speaks against a channel. Raises SlackApiError and the like, but for scopes."""
    try:
        answer = await client.conversations_info(channel=channel)
        found = answer["channel"]
        kinds = {
            Fact.ARCHIVED: found.get(IS_ARCHIVED),
            Fact.NOT_IN: not found.get("is_member"),
            Fact.GENERAL: found.get("is_general"),
            Fact.PUBLIC: not found.get("is_private") and not found.get("is_general"),
            Fact.OUTSIDE: found.get("is_ext_shared") or found.get("is_pending_ext_shared"),
        }
        facts = {fact for fact, holds in kinds.items() if holds}
        if Fact.NOT_IN not in facts and await _guests_in(client, channel):
            facts.add(Fact.GUESTS)
        return frozenset(facts)
    except SlackApiError as failure:
        error = failure.response.get("error")
        if error in NOT_IN_CHANNEL:
            return frozenset({Fact.NOT_IN})
        if error == MISSING_SCOPE:
            return frozenset({Fact.UNREAD})
        raise


async def _guests_in(client: AsyncWebClient, channel: str) -> bool:
    guests = {
        person["id"]
        async for page in await client.users_list(limit=PAGE)
        for person in page["members"]
        if person.get("is_restricted") or person.get("is_ultra_restricted")
    }
    if not guests:
        return False
    pages = await client.conversations_members(channel=channel, limit=PAGE)
    return any([bool(guests & set(page["members"])) async for page in pages])


async def check_weekly(
    services: Services, workspace_id: WorkspaceId, programme_id: ProgrammeId, *, now: datetime
) -> None:
    """Read the channel again once a week; the next morning, when Slack does not answer."""
    async with services.database.reading() as connection:
        programme = await programmes.programme(connection, workspace_id, programme_id)
    if programme is None or not programme.coordinator_channel:
        return
    today, last = local_date(now, programme.timezone), programme.channel_checked_on
    if programme.state is not ProgrammeState.RUNNING or (last and today < last + EVERY):
        return
    client = await services.clients.of(workspace_id)
    if client is None:
        return
    try:
        facts = await read_facts(client, programme.coordinator_channel)
    except CALL_FAILURES:
        return
    async with services.database.writing() as connection:
        is_new = await use_cases.note_channel(
            connection,
            workspace_id,
            programme_id,
            channel=programme.coordinator_channel,
            facts=facts,
            now=now,
        )
        if is_new:
            await _tell(connection, programme, now=now)


async def _tell(connection: AsyncConnection, programme: Programme, *, now: datetime) -> None:
    kind, about = MessageKind.DIGEST_CHANNEL, f"{programme.id}:{now:%Y-%m-%d}"
    found = await coordinators(connection, programme.workspace_id)
    await delivery.enqueue_all(
        connection,
        programme.workspace_id,
        [
            Notice(kind, programme.id, one.slack_user_id, f"{kind}:{about}:{one.id}")
            for one in found
        ],
        lane=Lane.PROMPT,
        now=now,
        expires_at=now + WORTH_SENDING_FOR,
    )
