"""Opens the private channel of a mentoring group, when the first message for it is sent."""

import re
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.reasons import IS_IN_CHANNEL, NAME_TAKEN
from bot.errands import store as errands
from bot.errands.model import Done, Errand, Later, Want
from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.kernel.ids import GroupId, WorkspaceId
from bot.kernel.ports import Refused
from bot.people import store as people
from bot.programme import store as programmes
from bot.programme.model import Group
from handlers.edge.clients import CALL_FAILURES
from handlers.sending.messenger import send_failure

NAME_CHARS = 80
"""https://docs.slack.dev/reference/methods/conversations.create#naming"""
INVITED_AT_ONCE = 100
LIST_PAGE = 999
"""The most that Slack gives at once, for one call does for nearly every workspace:
https://docs.slack.dev/reference/methods/conversations.list"""


def channel_name(group: Group) -> str:
    """A name that only this group has, so that a channel opened twice is the same channel."""
    words = re.sub(r"[^a-z0-9]+", "-", re.sub("['’]", "", group.name.lower())).strip("-")
    tail = group.id.rsplit("_", 1)[-1][:6]
    return f"{words[: NAME_CHARS - len(tail) - 1] or 'mentoring'}-{tail}"


@dataclass(frozen=True, slots=True)
class GroupChannels:
    """Finds a group's channel. Repeating it after a failure at any step does no harm."""

    database: Database
    clock: Clock

    async def __call__(
        self, client: AsyncWebClient, workspace_id: WorkspaceId, group_id: str
    ) -> str:
        """The Slack channel id of the group; opened and filled with its members when missing.

        Who cannot be invited now is invited later, by an errand. Raises Refused for a group that
        is gone, SlackApiError and the like from Slack.
        """
        async with self.database.reading() as connection:
            group = await programmes.group(connection, workspace_id, GroupId(group_id))
        if group is None:
            raise Refused("group_not_found")
        if group.slack_channel:
            return group.slack_channel
        name = channel_name(group)
        channel = await _find(client, name) or await _create(client, name)
        await self._invite(client, channel, await self._keep(group, channel))
        return channel

    async def _keep(self, group: Group, channel: str) -> list[Errand]:
        """Remember the channel, and whom it is owed; from here on nobody opens another."""
        now = self.clock.now()
        async with self.database.writing() as connection:
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

    async def _invite(self, client: AsyncWebClient, channel: str, owed: list[Errand]) -> None:
        """Invite them all at once; whoever could not be invited stays owed."""
        for start in range(0, len(owed), INVITED_AT_ONCE):
            some = owed[start : start + INVITED_AT_ONCE]
            refused = await _refused(client, channel, [one.person for one in some])
            async with self.database.writing() as connection:
                for one in some:
                    reason = refused.get(one.person)
                    outcome = Later(reason) if reason else Done()
                    await errands.end(connection, one, outcome, now=self.clock.now())


async def _create(client: AsyncWebClient, name: str) -> str:
    try:
        created = await client.conversations_create(name=name, is_private=True)
        return str(created["channel"]["id"])
    except SlackApiError as failure:
        if failure.response.get("error") not in NAME_TAKEN:
            raise
    found = await _find(client, name)  # opened meanwhile for another message to the same group
    if found is None:
        raise Refused("channel_name_taken")
    return found


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
    client: AsyncWebClient, channel: str, slack_user_ids: list[str]
) -> dict[str, str]:
    """Invite people; why each of those was refused who was."""
    try:
        answer = await client.conversations_invite(
            channel=channel, users=slack_user_ids, force=True
        )
    except CALL_FAILURES as failure:
        reason = send_failure(failure).reason
        return dict.fromkeys(slack_user_ids, reason) if reason not in IS_IN_CHANNEL else {}
    errors = answer.get("errors") or []
    return {one["user"]: one["error"] for one in errors if one["error"] not in IS_IN_CHANNEL}
