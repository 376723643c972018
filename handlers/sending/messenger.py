"""Writes and sends what waits in the outbox: the Composer and Messenger ports over Slack."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.dispatcher import OnRefused
from bot.delivery.model import Entry
from bot.delivery.reasons import PERSON_GONE
from bot.flows.group_channels import post_refused
from bot.kernel.clock import Clock
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.kernel.ports import (
    Ambiguous,
    HistoryTooLong,
    Message,
    NotSent,
    Paused,
    Postponed,
    Receipt,
    Refused,
    SendFailure,
)
from bot.people.store import member_by_slack_id
from bot.people.use_cases import deactivate
from handlers.edge.clients import Clients, send_failure
from handlers.edge.services import Services

EVENT_TYPE = "cairn_message"
PERSON_IDS = frozenset("UW")
"""The first letters of people's ids, W in an Enterprise Grid."""
HISTORY_PAGE = 100
HISTORY_PAGES = 20

ResolveChannel = Callable[[WorkspaceId, str, AsyncWebClient | None], Awaitable[str]]
"""Finds the channel of a recipient that is no person. With a client, also whether it may be posted
there now. Raises Refused or NotSent where there is none, or not now."""
Written = Message | None
"""A message, or None when it is no longer wanted."""
Compose = Callable[[Services, AsyncConnection, Entry], Awaitable[Written]]
"""Reads what the entry refers to, and writes the message."""


@dataclass(frozen=True, slots=True)
class SlackComposer:
    """Writes what waits in the outbox, at the moment it is sent."""

    services: Services
    by_kind: Mapping[str, Compose]

    async def compose(self, entry: Entry) -> Written:
        """Write the message as of now. Raises OperatorFacing for a kind that nobody writes."""
        compose = self.by_kind.get(entry.kind)
        if compose is None:
            raise OperatorFacing(f"no message is written for {entry.kind}", permanent=True)
        async with self.services.database.reading() as connection:
            return await compose(self.services, connection, entry)


def metadata_of(send_id: str, carries: Sequence[str] = ()) -> dict[str, Any]:
    """Mark a message so that it, and what it carries, can be found again.

    The mark says nothing to anybody else.
    """
    also = {"also": " ".join(carries)} if carries else {}
    return {"event_type": EVENT_TYPE, "event_payload": {"send_id": send_id, **also}}


@dataclass(frozen=True, slots=True)
class SlackMessenger:
    """Posts each message once per call, and says exactly how sure it is about a failure."""

    clients: Clients
    channel_of: ResolveChannel

    async def post(
        self, workspace_id: WorkspaceId, recipient: str, *, message: Message, send_id: str
    ) -> Receipt:
        """Post to a person or a channel. Raises NotSent, Paused, Refused or Ambiguous.

        `send_id` travels in the message's metadata, which anyone in the workspace's apps may read:
        it says nothing to who does not know the database.
        """
        client = await self._client(workspace_id)
        channel = await self._channel(workspace_id, recipient, client)
        try:
            answer = await client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=list(message.blocks) or None,
                metadata=metadata_of(send_id, message.carries),
                thread_ts=message.thread_ts,
                unfurl_links=False,
                unfurl_media=False,
            )
        except Exception as failure:
            raise send_failure(failure) from None
        return Receipt(channel=str(answer["channel"]), ts=str(answer["ts"]))

    async def find(
        self,
        workspace_id: WorkspaceId,
        recipient: str,
        *,
        send_id: str,
        since: datetime,
        thread_ts: str | None = None,
    ) -> Receipt | None:
        """Look `send_id` up from `since` on: in a thread, and in the conversation's history."""
        client = await self._client(workspace_id)
        channel = await self._channel(workspace_id, recipient, None)
        try:
            if channel[:1] in PERSON_IDS:
                opened = await client.conversations_open(users=channel)
                channel = str(opened["channel"]["id"])
            if thread_ts is not None:
                read = partial(client.conversations_replies, channel=channel, ts=thread_ts)
                found = await _search(read, channel, send_id, since)
                if found is not None:
                    return found
            read = partial(client.conversations_history, channel=channel)
            return await _search(read, channel, send_id, since)
        except HistoryTooLong:
            raise
        except Exception as failure:
            known = send_failure(failure)
            # Asking posts nothing, so an answer that broke off is only a question to ask again.
            raise NotSent(known.reason) if isinstance(known, Ambiguous) else known from None

    async def _client(self, workspace_id: WorkspaceId) -> AsyncWebClient:
        try:
            client = await self.clients.of(workspace_id)
        except Exception:  # whatever keeps the token from us, nothing was sent
            raise NotSent("token_out_of_reach") from None
        if client is None:
            raise Refused("app_not_installed")
        return client

    async def _channel(
        self, workspace_id: WorkspaceId, recipient: str, client: AsyncWebClient | None
    ) -> str:
        if recipient[:1] in PERSON_IDS:
            return recipient
        try:
            return await self.channel_of(workspace_id, recipient, client)
        except SendFailure:
            raise
        except Exception as failure:  # nothing was sent before it was known where to
            known = send_failure(failure)
            if isinstance(known, Paused):  # of another method: the message rate is left alone
                raise Postponed(known.reason, known.retry_after) from None
            raise known if isinstance(known, Refused) else NotSent(known.reason) from None


async def _search(
    read: Callable[..., Awaitable[AsyncSlackResponse]],
    channel: str,
    send_id: str,
    since: datetime,
) -> Receipt | None:
    cursor: str | None = None
    oldest = (since - timedelta(seconds=60)).timestamp()
    for _ in range(HISTORY_PAGES):
        page = await read(
            oldest=f"{oldest:.6f}",
            limit=HISTORY_PAGE,
            cursor=cursor,
            include_all_metadata=True,
        )
        for message in page["messages"] or []:
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            if send_id in [payload.get("send_id"), *str(payload.get("also", "")).split()]:
                return Receipt(channel=channel, ts=str(message["ts"]))
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return None
    raise HistoryTooLong("history_too_long")


def deactivate_refused(clock: Clock) -> OnRefused:
    """Deactivate members whose account is gone, when Slack refuses a message for good."""

    async def refused(connection: AsyncConnection, entry: Entry, reason: str) -> None:
        if reason in PERSON_GONE and entry.recipient[:1] in PERSON_IDS:
            gone = await member_by_slack_id(
                connection, entry.workspace_id, SlackUserId(entry.recipient), hold=True
            )
            if gone is not None:
                await deactivate(connection, gone, now=clock.now())

    return refused


def follow_refusals(clock: Clock) -> OnRefused:
    """Follow what Slack refuses for good: accounts that are gone, and groups' channels that take no
    messages, of which coordinators and authors are told."""
    deactivate_gone = deactivate_refused(clock)

    async def refused(connection: AsyncConnection, entry: Entry, reason: str) -> None:
        await deactivate_gone(connection, entry, reason)
        await post_refused(connection, entry, reason, now=clock.now())

    return refused
