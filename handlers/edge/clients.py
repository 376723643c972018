"""One Slack client a workspace, all on one shared connection pool, none of which retries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.kernel.ids import WorkspaceId

REQUEST_TIMEOUT_S = 15
CONNECT_TIMEOUT_S = 5
CALL_FAILURES = (SlackApiError, aiohttp.ClientError, TimeoutError, OSError)
"""All that a call to Slack can end with, but an answer."""


def open_session() -> aiohttp.ClientSession:
    """Open the shared session. The SDK ignores its own timeout when given one: it is set here."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S),
        connector=aiohttp.TCPConnector(limit=100),
    )


def slack_client(
    session: aiohttp.ClientSession, *, token: str | None, api_url: str
) -> AsyncWebClient:
    """Make a client that sends each call once: the SDK's default would post twice when the
    connection breaks after Slack took the message."""
    return AsyncWebClient(token=token, base_url=api_url, session=session, retry_handlers=[])


class Clients(Protocol):
    """Finds the Slack client of a workspace."""

    async def of(self, workspace_id: WorkspaceId) -> AsyncWebClient | None:
        """Find the client to use for `workspace_id`, or None where the app is not installed.

        Raises OperatorFacing or SQLAlchemyError when that cannot be found out now.
        """
        ...

    def forget(self, workspace_id: WorkspaceId) -> None:
        """Look again at the next call: the workspace's token has changed or is gone."""
        ...


@dataclass(frozen=True, slots=True)
class FixedClients:
    """The clients of workspaces whose tokens came from the settings, and stay."""

    by_workspace: Mapping[WorkspaceId, AsyncWebClient]

    async def of(self, workspace_id: WorkspaceId) -> AsyncWebClient | None:
        return self.by_workspace.get(workspace_id)

    def forget(self, workspace_id: WorkspaceId) -> None:
        """Nothing: these do not change while the process runs."""
