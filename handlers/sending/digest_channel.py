"""Reads in Slack who would read the digests: at the choice, daily, and before each is sent."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.reasons import (
    CHANNEL_UNCHECKED,
    CHANNEL_UNSUITABLE,
    IS_ARCHIVED,
    MISSING_SCOPE,
    NOT_IN_CHANNEL,
    NOT_IN_DIRECTORY,
)
from bot.groups.messages import GROUP
from bot.kernel.ids import ProgrammeId, WorkspaceId
from bot.kernel.ports import Postponed, Refused
from bot.programme import store as programmes
from bot.programme import use_cases
from bot.programme.digest_channel import DIGESTS, NEVER, Fact
from bot.programme.model import Programme, ProgrammeState
from handlers.edge.clients import CALL_FAILURES, reason_of
from handlers.edge.services import Services
from handlers.sending.channels import channel_of

MOST_PEOPLE = 50
"""So many people are looked at, one call each, whatever the size of the workspace. Slack takes a
hundred such calls a minute: docs.slack.dev/reference/methods/users.info."""
READ_WITHIN_S = 15
ASKED_AGAIN_AFTER = timedelta(minutes=5)
LOOKED_AT_AGAIN_AFTER = timedelta(hours=1)


async def read_facts(client: AsyncWebClient, channel: str) -> frozenset[Fact]:
    """Read what speaks against a channel. Raises SlackApiError and the like, but for scopes."""
    facts: set[Fact] = set()
    try:
        answer = await client.conversations_info(channel=channel)
        facts |= _about(answer["channel"])
        if not facts & NEVER:
            facts |= await _about_people(client, channel)
    except SlackApiError as failure:
        reason = reason_of(failure)
        if reason not in NOT_IN_CHANNEL | {MISSING_SCOPE}:
            raise
        facts.add(Fact.UNREAD if reason == MISSING_SCOPE else Fact.NOT_IN)
    return frozenset(facts)


def _about(channel: Mapping[str, Any]) -> set[Fact]:
    facts = {
        Fact.ARCHIVED: channel.get(IS_ARCHIVED),
        Fact.NOT_IN: not channel.get("is_member"),
        Fact.GENERAL: channel.get("is_general"),
        Fact.PUBLIC: not channel.get("is_private") and not channel.get("is_general"),
        Fact.OUTSIDE: channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"),
    }
    return {fact for fact, holds in facts.items() if holds}


async def _about_people(client: AsyncWebClient, channel: str) -> set[Fact]:
    """Look at everybody in the channel, unless there are too many."""
    people: list[str] = []
    async for page in await client.conversations_members(channel=channel, limit=MOST_PEOPLE + 1):
        people += page["members"]
        if len(people) > MOST_PEOPLE:
            return {Fact.MANY}
    return set().union(*await asyncio.gather(*(_about_person(client, one) for one in people)))


async def _about_person(client: AsyncWebClient, slack_user_id: str) -> set[Fact]:
    try:
        user = (await client.users_info(user=slack_user_id))["user"]
    except SlackApiError as failure:
        if reason_of(failure) in NOT_IN_DIRECTORY:
            return {Fact.OUTSIDE}
        raise
    is_guest = user.get("is_restricted") or user.get("is_ultra_restricted")
    return ({Fact.GUESTS} if is_guest else set()) | (
        {Fact.OUTSIDE} if user.get("is_stranger") else set()
    )


async def check_daily(
    services: Services, workspace_id: WorkspaceId, programme_id: ProgrammeId, *, now: datetime
) -> None:
    """Read the channel again; the next morning, when Slack does not answer."""
    async with services.database.reading() as connection:
        programme = await programmes.programme(connection, workspace_id, programme_id)
    client = await services.clients.of(workspace_id)
    if programme is None or programme.state is not ProgrammeState.RUNNING or client is None:
        return
    if programme.coordinator_channel:
        try:
            await _check(services, client, programme, programme.coordinator_channel, now=now)
        except CALL_FAILURES:
            return


async def _check(
    services: Services,
    client: AsyncWebClient,
    programme: Programme,
    channel: str,
    *,
    now: datetime,
) -> frozenset[Fact] | None:
    """Read the channel and keep what was found: see `note_channel`. Raises one of CALL_FAILURES."""
    async with asyncio.timeout(READ_WITHIN_S):
        facts = await read_facts(client, channel)
    async with services.database.writing() as connection:
        return await use_cases.note_channel(
            connection,
            programme.workspace_id,
            programme.id,
            channel=channel,
            facts=facts,
            now=now,
        )


async def channel_of_recipient(
    services: Services, workspace_id: WorkspaceId, recipient: str, client: AsyncWebClient | None
) -> str:
    """Find the channel of a group, or the one for digests that is on record at this moment.

    With a client, that is read in Slack before: Postponed until it was, and as long as something
    speaks against it that no coordinator has confirmed. Raises Refused where there never will be
    one.
    """
    if recipient.startswith(GROUP):
        group_id = recipient.removeprefix(GROUP)
        return await channel_of(services.database, workspace_id, group_id, client)
    programme = await _programme_of(services, workspace_id, recipient)
    if programme is None:
        raise Refused(CHANNEL_UNSUITABLE)
    channel = programme.coordinator_channel
    if not channel:
        raise Postponed(CHANNEL_UNSUITABLE, LOOKED_AT_AGAIN_AFTER)
    if client is None:
        return channel
    try:
        problem = await _check(services, client, programme, channel, now=services.clock.now())
    except CALL_FAILURES:
        raise Postponed(CHANNEL_UNCHECKED, ASKED_AGAIN_AFTER) from None
    if problem is None:
        raise Postponed(CHANNEL_UNCHECKED, timedelta(0))
    if problem and programme.state is ProgrammeState.CLOSED:
        raise Refused(CHANNEL_UNSUITABLE)
    if problem:
        services.wake()
        raise Postponed(CHANNEL_UNSUITABLE, LOOKED_AT_AGAIN_AFTER)
    return channel


async def _programme_of(
    services: Services, workspace_id: WorkspaceId, recipient: str
) -> Programme | None:
    """Find whose digests a recipient names. A channel's id was queued by an earlier version."""
    async with services.database.reading() as connection:
        if not recipient.startswith(DIGESTS):
            return await use_cases.current_programme(connection, workspace_id)
        about = ProgrammeId(recipient.removeprefix(DIGESTS))
        return await programmes.programme(connection, workspace_id, about)
