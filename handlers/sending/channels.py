"""Opens the private channel of a mentoring group, and knows it afterwards."""

import re
from collections.abc import Sequence
from datetime import timedelta

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.reasons import (
    CHANNEL_NAME_TAKEN,
    IS_IN_CHANNEL,
    NAME_TAKEN,
    NOT_INVITABLE,
)
from bot.delivery.store import release
from bot.errands import store as errands
from bot.errands.store import Done, Errand, Impossible, Later, Outcome, Want
from bot.flows.group_channels import invitation_refused
from bot.groups.messages import GROUP
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, WorkspaceId
from bot.kernel.ports import NotSent, Paused, Refused
from bot.people import store as people
from bot.programme import store as programmes
from bot.programme.model import Group
from handlers.edge.clients import CALL_FAILURES, reason_of, send_failure
from handlers.edge.services import Services

NAME_CHARS = 80
"""https://docs.slack.dev/reference/methods/conversations.create#naming"""
MOST_CHANNELS = 20
"""How often a group may get a new channel in place of its last."""
INVITED_AT_ONCE = 100
LIST_PAGE = 999
"""The most that Slack gives at once, for one call does for nearly every workspace:
https://docs.slack.dev/reference/methods/conversations.list"""


def channel_name(group: Group) -> str:
    """Name a channel as only this group can: opened twice, it is the same channel."""
    words = re.sub(r"[^a-z0-9]+", "-", re.sub("['’]", "", group.name.lower())).strip("-")
    tail = group.id.rsplit("_", 1)[-1][:6]
    return f"{words[: NAME_CHARS - len(tail) - 1] or 'mentoring'}-{tail}"


async def channel_of(database: Database, workspace_id: WorkspaceId, group_id: str) -> str:
    """Find the Slack channel of the group.

    Raises Refused for a group that is gone or whose channel can never be opened, and NotSent for
    one whose channel is not open yet.
    """
    async with database.reading() as connection:
        group = await programmes.group(connection, workspace_id, GroupId(group_id))
        if group is None:
            raise Refused("group_not_found")
        if group.slack_channel:
            return group.slack_channel
        place = f"{GROUP}{group_id}"
        opening = (await errands.about(connection, workspace_id, [place])).get(place)
    if opening is not None and opening.failed_at is not None:
        raise Refused(opening.last_error or "channel_not_open")
    raise NotSent("channel_not_open")


async def open_channel(services: Services, client: AsyncWebClient, errand: Errand) -> Outcome:
    """Open the group's channel and fill it with its members. Attempting it again does no harm.

    Who cannot be invited now is invited later, by an errand. Raises SlackApiError and the like from
    Slack.
    """
    group_id = GroupId(errand.place.removeprefix(GROUP))
    async with services.database.reading() as connection:
        group = await programmes.group(connection, errand.workspace_id, group_id)
    if group is None or group.slack_channel:
        return Done()  # the approval was taken back, or an earlier attempt got this far
    name = channel_name(group)
    channel = await _find(client, name) or await _create(client, name)
    if channel is None:
        return Impossible(CHANNEL_NAME_TAKEN)
    await _invite(services, client, channel, await _keep(services, group, channel))
    return Done()


async def open_another(services: Services, client: AsyncWebClient, group: Group) -> str:
    """Open a new channel for a group whose own takes no messages, and invite its members.

    Raises what a call to Slack can end with, and UserFacing when no name is free.
    """
    for number in range(2, MOST_CHANNELS + 1):
        name = f"{channel_name(group)[: NAME_CHARS - 3]}-{number}"
        try:
            created = await client.conversations_create(name=name, is_private=True)
        except SlackApiError as failure:
            if reason_of(failure) not in NAME_TAKEN:
                raise
            continue
        channel = str(created["channel"]["id"])
        owed = await _keep(services, group, channel)
        await _end_opening(services, group)
        await _invite(services, client, channel, owed)
        return channel
    raise UserFacing("This group has had too many channels. Bring one of them back in Slack.")


async def _end_opening(services: Services, group: Group) -> None:
    """Let go of what waited for a channel that could not be opened."""
    place, now = f"{GROUP}{group.id}", services.clock.now()
    async with services.database.writing() as connection:
        owed = (await errands.about(connection, group.workspace_id, [place])).get(place)
        if owed is not None:
            await errands.end(connection, owed, Done(), now=now)
        await release(connection, group.workspace_id, place, now=now)


async def _keep(services: Services, group: Group, channel: str) -> list[Errand]:
    """Remember the channel, and whom it is owed; from here on nobody opens another."""
    now = services.clock.now()
    async with services.database.writing() as connection:
        await programmes.set_group_channel(
            connection, group.workspace_id, group.id, slack_channel=channel
        )
        seats = await programmes.seats(
            connection, group.workspace_id, group.programme_id, group_id=group.id
        )
        found = await people.members(
            connection, group.workspace_id, ids=[seat.member_id for seat in seats]
        )
        return [
            await errands.ask(
                connection,
                group.workspace_id,
                Want.IN,
                place=channel,
                person=one.slack_user_id,
                now=now,
                at_once=True,
            )
            for one in found
            if one.takes_part
        ]


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


async def _create(client: AsyncWebClient, name: str) -> str | None:
    """The id of a new channel, or of the one that another attempt has opened meanwhile; None when
    the name is taken by another."""
    try:
        created = await client.conversations_create(name=name, is_private=True)
        return str(created["channel"]["id"])
    except SlackApiError as failure:
        if reason_of(failure) not in NAME_TAKEN:
            raise
    return await _find(client, name)


async def _find(client: AsyncWebClient, name: str) -> str | None:
    """The channel that was opened under this name, whatever it is called by now.

    Asked first, each time: a crash may have come between opening a channel and remembering it.
    Slack tells what a channel was called before
    (docs.slack.dev/reference/objects/conversation-object), and no other group has this name.
    """
    cursor: str | None = None
    while True:
        page = await client.conversations_list(
            types="private_channel", exclude_archived=True, limit=LIST_PAGE, cursor=cursor
        )
        for channel in page["channels"] or []:
            if name in {channel["name"], *(channel.get("previous_names") or [])}:
                return str(channel["id"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return None


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
