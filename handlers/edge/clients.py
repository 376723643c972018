"""One Slack client a workspace, all on one shared connection pool, none of which retries."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.delivery.reasons import PERHAPS_TAKEN, TOO_FAST, TRY_AGAIN, WORKSPACE_SHUT, word_for
from bot.kernel.figures import UNMONITORED, Figure, Ledger
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


Heard = Callable[[SendFailure | None], None]
"""Told how each call ended: with an answer (None), or how it failed."""


class SlackClient(AsyncWebClient):
    """A client of one workspace, which tells `heard` how its calls ended.

    Bolt gives listeners copies, which tell nobody: when a member did something is not to be learned
    from how often or when Slack was called.
    """

    heard: Heard | None = None

    async def api_call(self, api_method: str, **given: Any) -> AsyncSlackResponse:
        try:
            answer = await super().api_call(api_method, **given)
        except CALL_FAILURES as failure:
            if self.heard is not None:
                self.heard(send_failure(failure))
            raise
        if self.heard is not None:
            self.heard(None)
        return answer


def slack_client(
    session: aiohttp.ClientSession,
    *,
    token: str | None,
    api_url: str,
    network: Network = DIRECT,
) -> SlackClient:
    """Make a client that sends each call once: the SDK's default would post twice when the
    connection breaks after Slack took the message.

    `network` is for what the SDK opens itself, as web sockets; calls go through the session.
    """
    return SlackClient(
        token=token,
        base_url=api_url,
        session=session,
        retry_handlers=[],
        ssl=network.trusts if network.ca_file else None,
        proxy=network.proxy_for(api_url),
    )


@dataclass(slots=True)
class Contact:
    """Keep what Slack last said to this process of each workspace; times by `time.monotonic`.

    A refusal that is about one call alone is an answer, and so is being told to wait.
    """

    figures: Ledger = UNMONITORED
    answered_s: dict[WorkspaceId, float] = field(default_factory=dict)
    refused: dict[WorkspaceId, str] = field(default_factory=dict)

    def heard_from(self, workspace_id: WorkspaceId) -> Heard:
        """Make what is told how each call to this workspace ended."""

        def heard(failure: SendFailure | None) -> None:
            if failure is not None and not isinstance(failure, Refused | Paused):
                self.figures.add(Figure.SLACK_FAILED, word_for(failure.reason))
            elif isinstance(failure, Refused) and failure.reason in WORKSPACE_SHUT:
                self.refused[workspace_id] = failure.reason
            else:
                self.answered_s[workspace_id] = time.monotonic()
                self.refused.pop(workspace_id, None)
            if isinstance(failure, Paused):
                self.figures.add(Figure.RATE_LIMITED)

        return heard

    def forget(self, workspace_id: WorkspaceId) -> None:
        """Forget a workspace in which Cairn is not installed any more."""
        self.answered_s.pop(workspace_id, None)
        self.refused.pop(workspace_id, None)


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
