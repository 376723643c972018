"""One Slack client a workspace, all on one shared connection pool, none of which retries."""

from dataclasses import dataclass

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

REQUEST_TIMEOUT_S = 15
CONNECT_TIMEOUT_S = 5


def open_session() -> aiohttp.ClientSession:
    """The shared session. The SDK ignores its own timeout when given one, so it is set here."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S),
        connector=aiohttp.TCPConnector(limit=100),
    )


def slack_client(session: aiohttp.ClientSession, *, token: str, api_url: str) -> AsyncWebClient:
    """A client that sends each call once: the SDK's default would post twice when the connection
    breaks after Slack took the message."""
    return AsyncWebClient(token=token, base_url=api_url, session=session, retry_handlers=[])


@dataclass(frozen=True, slots=True)
class Clients:
    """Finds the client of a workspace. With one token it serves the token's own workspace."""

    by_workspace: dict[str, AsyncWebClient]

    def of(self, workspace_id: str) -> AsyncWebClient | None:
        """The client to use for `workspace_id`, or None where the app is not installed."""
        return self.by_workspace.get(workspace_id)
