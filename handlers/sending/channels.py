"""Opens the private channel of a mentoring group, and looks whether posts may go there."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.reasons import (
    CHANNEL_NAME_TAKEN,
    CHANNEL_PUBLIC,
    CHANNEL_SHARED,
    CHANNEL_SHUT,
    IS_ARCHIVED,
    IS_IN_CHANNEL,
    MISSING_SCOPE,
    NAME_TAKEN,
    NOT_A_MEMBER,
    NOT_INVITABLE,
    POSTING_RESTRICTED,
    PUBLIC_SCOPE,
)
from bot.errands import store as errands
from bot.errands.store import Done, Errand, Impossible, Later, Outcome, Want
from bot.flows.group_channels import invitation_refused, welcome_in_channels
from bot.groups import store as seated
from bot.groups.messages import GROUP
from bot.kernel.database import Database
from bot.kernel.ids import GroupId, ProgrammeId, WorkspaceId
from bot.kernel.ports import NotSent, Paused, Refused
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.model import Group, ProgrammeState
from handlers.edge.clients import CALL_FAILURES, reason_of, send_failure
from handlers.edge.services import Services

NAME_CHARS = 80
"""https://docs.slack.dev/reference/methods/conversations.create#naming"""
MOST_CHANNELS = 20
"""How often a group may get a new channel in place of its last."""
INVITED_AT_ONCE = 100
PAGE = 999
"""The most that Slack gives at once, for one call does for nearly every workspace:
https://docs.slack.dev/reference/methods/conversations.list"""


def channel_name(group: Group, number: int = 1) -> str:
    """Name a group's channel as only this group can: opened twice, it is the same channel."""
    words = re.sub(r"[^a-z0-9]+", "-", re.sub("['’]", "", group.name.lower())).strip("-")
    tail = group.id.rsplit("_", 1)[-1][:6] + (f"-{number}" if number > 1 else "")
    return f"{words[: NAME_CHARS - len(tail) - 1] or 'mentoring'}-{tail}"


async def channel_of(
    database: Database, workspace_id: WorkspaceId, group_id: str, client: AsyncWebClient | None
) -> str:
    """Find the Slack channel of the group; with a client, look whether posts may go there.

    Raises Refused for a group that is gone or whose channel takes no posts or can never be opened,
    and NotSent for one whose channel is not open yet or could not be looked at.
    """
    async with database.reading() as connection:
        group = await programmes.group(connection, workspace_id, GroupId(group_id))
        if group is None:
            raise Refused("group_not_found")
        place = f"{GROUP}{group_id}"
        opening = (await errands.about(connection, workspace_id, [place])).get(place)
    if group.slack_channel:
        reason = client and await _look(database, client, group)
        if reason:
            raise Refused(reason)
        return group.slack_channel
    if opening is not None and opening.failed_at is not None:
        raise Refused(opening.last_error or "channel_not_open")
    raise NotSent("channel_not_open")


async def open_channel(services: Services, client: AsyncWebClient, errand: Errand) -> Outcome:
    """Open the group's channel and fill it with its members; look at one that it has.

    Attempting it again does no harm. Who cannot be invited now is invited later, by an errand.
    Raises SlackApiError and the like from Slack.
    """
    group_id = GroupId(errand.place.removeprefix(GROUP))
    async with services.database.reading() as connection:
        group = await programmes.group(connection, errand.workspace_id, group_id)
    if group is None:
        return Done()  # the approval was taken back
    if group.slack_channel:
        reason = await _look(services.database, client, group)
        if reason is None and errand.last_error in POSTING_RESTRICTED:
            reason = errand.last_error
        return Impossible(reason) if reason else Done()
    takes_known = errand.last_error not in POSTING_RESTRICTED  # else it is the one to be replaced
    channel = await _new_channel(client, group, takes_known=takes_known)
    if channel is None:
        return Impossible(CHANNEL_NAME_TAKEN)
    await _invite(services, client, channel, await _keep(services, group, channel))
    return Done()


def against_posting(channel: Mapping[str, Any]) -> str | None:
    """Say why nothing is to be posted in a group's channel as Slack describes it, or None.

    A channel that is shared with another organisation needs a look at who is in it.
    """
    if channel.get(IS_ARCHIVED):
        return IS_ARCHIVED
    if channel.get("is_member") is False:
        return NOT_A_MEMBER
    if not channel.get("is_private"):
        return CHANNEL_PUBLIC
    return CHANNEL_SHARED if channel.get("is_ext_shared") else None


async def _look(database: Database, client: AsyncWebClient, group: Group) -> str | None:
    """Read in Slack why nothing is to be posted in a group's channel; None where posts may go.

    Raises Refused or NotSent where that cannot be found out.
    """
    assert group.slack_channel
    try:
        answer = await client.conversations_info(channel=group.slack_channel)
        reason = against_posting(answer["channel"])
        if reason == CHANNEL_SHARED and not await _has_others(database, client, group):
            return None
    except SlackApiError as failure:
        reason = reason_of(failure)
        if reason == MISSING_SCOPE and PUBLIC_SCOPE in str(failure.response.get("needed")):
            return CHANNEL_PUBLIC
        if reason not in CHANNEL_SHUT:
            raise
    return reason


async def _has_others(database: Database, client: AsyncWebClient, group: Group) -> bool:
    """Whether somebody without a seat in the group, besides Cairn, is in its channel."""
    me = (await client.auth_test())["user_id"]
    async with database.reading() as connection:
        seated = {one.slack_user_id for one in await _members_of(connection, group)}
    pages = await client.conversations_members(channel=str(group.slack_channel), limit=PAGE)
    return any([bool(set(page["members"]) - seated - {me}) async for page in pages])


async def check_channels(
    services: Services, workspace_id: WorkspaceId, programme_id: ProgrammeId, *, now: datetime
) -> None:
    """Look each day at groups' channels against which Slack's list says something.

    At all of them where Slack does not give the list.
    """
    client = await services.clients.of(workspace_id)
    if client is None:
        return
    try:
        listed = await _listed(client)
    except CALL_FAILURES:
        listed = []
    fit = {one["id"] for one in listed if against_posting(one) is None}
    async with services.database.writing() as connection:
        programme = await programmes.programme(connection, workspace_id, programme_id)
        if programme is None or programme.state is ProgrammeState.CLOSED:
            return
        groups = await programmes.groups(connection, workspace_id, programme_id)
        owed = await errands.about(connection, workspace_id, [f"{GROUP}{one.id}" for one in groups])
        places = [
            f"{GROUP}{one.id}"
            for one in groups
            if one.slack_channel and (one.slack_channel not in fit or f"{GROUP}{one.id}" in owed)
        ]
        await errands.look_again(connection, workspace_id, Want.OPENED, places=places, now=now)


async def _members_of(connection: AsyncConnection, group: Group) -> Sequence[Member]:
    seats = await programmes.seats(
        connection, group.workspace_id, group.programme_id, group_id=group.id
    )
    ids = [seat.member_id for seat in seats]
    return await people.members(connection, group.workspace_id, ids=ids)


async def _keep(services: Services, group: Group, channel: str) -> list[Errand]:
    """Remember the channel, and whom it is owed; from here on nobody opens another.

    Returns those who may be disturbed now.
    """
    now, workspace_id = services.clock.now(), group.workspace_id
    async with services.database.writing() as connection:
        await programmes.set_group_channel(
            connection, workspace_id, group.id, slack_channel=channel
        )
        joining = await seated.joining(connection, workspace_id, group.id)
        members = [
            one
            for one in await _members_of(connection, group)
            if one.takes_part and one.id not in joining
        ]
        names = [one.slack_user_id for one in members]
        welcome = await welcome_in_channels(connection, workspace_id, names, now=now)
        owed = [
            await errands.ask(
                connection,
                workspace_id,
                Want.IN,
                place=channel,
                person=one,
                now=now,
                at_once=welcome[one] <= now,
            )
            for one in welcome
        ]
    return [one for one in owed if welcome[one.person] <= now]


async def _invite(
    services: Services, client: AsyncWebClient, channel: str, owed: Sequence[Errand]
) -> None:
    """Invite them all at once; whoever could not be invited stays owed."""
    for start in range(0, len(owed), INVITED_AT_ONCE):
        some = owed[start : start + INVITED_AT_ONCE]
        refused = await _refused(client, channel, [one.person for one in some])
        async with services.database.writing() as connection:
            for one in some:
                outcome = refused.get(one.person, Done())
                now = services.clock.now()
                await errands.end(connection, one, outcome, now=now)
                if isinstance(outcome, Impossible):
                    await invitation_refused(connection, one, now=now)
    services.wake()


async def _new_channel(client: AsyncWebClient, group: Group, *, takes_known: bool) -> str | None:
    """Open a channel for the group under the first name that is free; None where none is.

    `takes_known`: one that is there is the group's, since its id may have been lost by a crash or
    an old backup. No two groups have the same names.
    """
    there = _by_name(await _listed(client))
    for number in range(1, MOST_CHANNELS + 1):
        name = channel_name(group, number)
        if name not in there:
            try:
                created = await client.conversations_create(name=name, is_private=True)
                return str(created["channel"]["id"])
            except SlackApiError as failure:
                if reason_of(failure) not in NAME_TAKEN:
                    raise
            there |= _by_name(await _listed(client))  # another attempt may have opened it meanwhile
        known = there.get(name)
        if known and takes_known and against_posting(known) is None:
            return str(known["id"])
    return None


def _by_name(listed: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Find channels by their names, now and before:
    https://docs.slack.dev/reference/objects/conversation-object
    """
    return {
        name: one for one in listed for name in (*(one.get("previous_names") or []), one["name"])
    }


async def _listed(client: AsyncWebClient) -> list[Mapping[str, Any]]:
    """List the private channels that Cairn is in and that are not archived."""
    pages = await client.conversations_list(
        types="private_channel", exclude_archived=True, limit=PAGE
    )
    return [one async for page in pages for one in page["channels"] or []]


async def _refused(
    client: AsyncWebClient, channel: str, slack_user_ids: Sequence[str]
) -> dict[str, Outcome]:
    """Invite people; why each of those was refused who was."""
    try:
        answer = await client.conversations_invite(
            channel=channel, users=list(slack_user_ids), force=True
        )
    except CALL_FAILURES as failure:
        known = send_failure(failure)
        wait = known.retry_after if isinstance(known, Paused) else None
        is_there = known.reason in IS_IN_CHANNEL
        if is_there and len(slack_user_ids) == 1:
            return {}
        if len(slack_user_ids) == 1 or not (is_there or known.reason in NOT_INVITABLE):
            return dict.fromkeys(slack_user_ids, _refusal(known.reason, wait))
        # whom it is about is not said, so each is asked for alone
        alone = [await _refused(client, channel, [one]) for one in slack_user_ids]
        return {who: outcome for each in alone for who, outcome in each.items()}
    errors = answer.get("errors") or []
    return {
        one["user"]: _refusal(one["error"])
        for one in errors
        if one["error"] not in IS_IN_CHANNEL and one.get("user")
    }


def _refusal(reason: str, wait: timedelta | None = None) -> Outcome:
    return Impossible(reason) if reason in NOT_INVITABLE else Later(reason, wait)
