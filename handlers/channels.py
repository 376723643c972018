"""Opens the private channel of a mentoring group, when the first message for it is sent."""

import re
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.kernel.database import Database
from bot.kernel.ids import GroupId, WorkspaceId
from bot.kernel.ports import Refused
from bot.people import store as people
from bot.programme import store as programmes
from bot.programme.model import Group

NAME_CHARS = 80
"""https://docs.slack.dev/reference/methods/conversations.create#naming"""
INVITED_AT_ONCE = 100
LIST_PAGE = 200


def channel_name(group: Group) -> str:
    """A name that only this group has, so that a channel opened twice is the same channel."""
    words = re.sub(r"[^a-z0-9]+", "-", re.sub("['’]", "", group.name.lower())).strip("-")
    tail = group.id.rsplit("_", 1)[-1][:6]
    return f"{words[: NAME_CHARS - len(tail) - 1] or 'mentoring'}-{tail}"


@dataclass(frozen=True, slots=True)
class GroupChannels:
    """Finds a group's channel. Repeating it after a failure at any step does no harm."""

    database: Database

    async def __call__(
        self, client: AsyncWebClient, workspace_id: WorkspaceId, group_id: str
    ) -> str:
        """The Slack channel id of the group; opened and filled with its members when missing.

        Raises Refused for a group that is gone, SlackApiError and the like from Slack.
        """
        async with self.database.reading() as connection:
            group = await programmes.group(connection, workspace_id, GroupId(group_id))
            if group is None:
                raise Refused("group_not_found")
            if group.slack_channel:
                return group.slack_channel
            seats = await programmes.seats(
                connection, workspace_id, group.programme_id, group_id=group.id
            )
            found = await people.members(
                connection, workspace_id, ids=[seat.member_id for seat in seats]
            )
        channel = await _create_or_find(client, channel_name(group))
        await _invite(client, channel, [one.slack_user_id for one in found if one.takes_part])
        async with self.database.writing() as connection:
            await programmes.set_group_channel(
                connection, workspace_id, group.id, slack_channel=channel
            )
        return channel


async def _create_or_find(client: AsyncWebClient, name: str) -> str:
    try:
        created = await client.conversations_create(name=name, is_private=True)
    except SlackApiError as failure:
        if failure.response.get("error") != "name_taken":
            raise
    else:
        return str(created["channel"]["id"])
    cursor: str | None = None
    while True:
        page = await client.conversations_list(
            types="private_channel", exclude_archived=True, limit=LIST_PAGE, cursor=cursor
        )
        for channel in page["channels"] or []:
            if channel["name"] == name:
                return str(channel["id"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            raise Refused("channel_name_taken")


async def _invite(client: AsyncWebClient, channel: str, slack_user_ids: list[str]) -> None:
    for start in range(0, len(slack_user_ids), INVITED_AT_ONCE):
        people_now = slack_user_ids[start : start + INVITED_AT_ONCE]
        try:
            await client.conversations_invite(channel=channel, users=people_now, force=True)
        except SlackApiError as failure:
            if failure.response.get("error") not in {"already_in_channel", "cant_invite_self"}:
                raise
