"""One Slack client a workspace, all on one shared connection pool, none of which retries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.reasons import PERHAPS_TAKEN, TOO_FAST, TRY_AGAIN
from bot.kernel.ids import WorkspaceId
from bot.kernel.network import DIRECT, Network
from bot.kernel.ports import Ambiguous, NotSent, Paused, Refused, SendFailure

SLACK_API_URL = "https://slack.com/api/"
REQUEST_TIMEOUT_S = 15
CONNECT_TIMEOUT_S = 5
DEFAULT_PAUSE_S = 30
CALL_FAILURES = (SlackApiError, aiohttp.ClientError, TimeoutError, OSError)
"""All that a call to Slack can end with, but an answer."""


def reason_of(refused: SlackApiError) -> str:
    """Read Slack's own word for a refusal; empty where its answer, perhaps a proxy's, has none."""
    answer = getattr(refused.response, "data", refused.response)
    return str(answer.get("error") or "") if isinstance(answer, Mapping) else ""


def open_session(
    network: Network = DIRECT, *, api_url: str = SLACK_API_URL
) -> aiohttp.ClientSession:
    """Open the shared session to Slack. The SDK ignores its own timeout when given one: it is set
    here, and so is the way there."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S),
        connector=aiohttp.TCPConnector(limit=100, ssl=network.trusts),
        proxy=network.proxy_for(api_url),
    )


def slack_client(
    session: aiohttp.ClientSession,
    *,
    token: str | None,
    api_url: str,
    network: Network = DIRECT,
) -> AsyncWebClient:
    """Make a client that sends each call once: the SDK's default would post twice when the
    connection breaks after Slack took the message.

    `network` is for what the SDK opens itself, as web sockets; calls go through the session.
    """
    return AsyncWebClient(
        token=token,
        base_url=api_url,
        session=session,
        retry_handlers=[],
        ssl=network.trusts if network.ca_file else None,
        proxy=network.proxy_for(api_url),
    )


def send_failure(failure: Exception) -> SendFailure:
    """Tell how sure it is that a call was not carried out. Never holds what was sent."""
    if isinstance(failure, SlackApiError):
        return _answered(failure.response)
    if isinstance(failure, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return NotSent("cannot_connect")
    if isinstance(failure, aiohttp.InvalidURL):
        return Refused("invalid_api_url")
    if isinstance(failure, TimeoutError | aiohttp.ClientError | OSError):
        return Ambiguous(type(failure).__name__)
    return Ambiguous(f"unexpected_{type(failure).__name__}")


def _answered(response: Any) -> SendFailure:
    status = getattr(response, "status_code", 200)
    answer = response.data if hasattr(response, "data") else response
    reason = str(answer.get("error", "")) if isinstance(answer, dict) else ""
    if status == 429 or reason in TOO_FAST:
        return Paused(timedelta(seconds=_retry_after_s(response)))
    if status >= 500 or reason in PERHAPS_TAKEN or not reason:
        return Ambiguous(reason or f"http_{status}")
    if reason in TRY_AGAIN:
        return NotSent(reason)
    return Refused(reason)


def _retry_after_s(response: Any) -> float:
    headers = {str(k).lower(): v for k, v in (getattr(response, "headers", None) or {}).items()}
    value = headers.get("retry-after", DEFAULT_PAUSE_S)
    try:
        return max(1.0, float(value[0] if isinstance(value, list) else value))
    except (TypeError, ValueError):
        return DEFAULT_PAUSE_S


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
