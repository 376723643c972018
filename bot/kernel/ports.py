"""Define the ports of the core, and the failures of what is outside."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.kernel.ids import WorkspaceId


@dataclass(frozen=True, slots=True)
class Message:
    """A message to one person or channel. `text` alone must say all that matters: it is what a
    screen reader and a phone's notification give. `thread_ts` is the ts of the message in whose
    thread it stands; `carries` has the ids of those that are folded into it."""

    text: str
    blocks: tuple[dict[str, Any], ...] = ()
    thread_ts: str | None = None
    carries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The position of a sent message: Slack's channel id and ts."""

    channel: str
    ts: str


class SendFailure(Exception):
    """A message was not, or perhaps not, taken. `reason` is a short code for logs and operators."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotSent(SendFailure):
    """Certainly not taken; trying later may help (connection refused, service unavailable before
    the request was written)."""


class Paused(NotSent):
    """Certainly not taken: the workspace must be left alone for `retry_after` (HTTP 429)."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("rate_limited")
        self.retry_after = retry_after


class Postponed(NotSent):
    """Certainly not taken: this message alone waits for `retry_after`, however often."""

    def __init__(self, reason: str, retry_after: timedelta) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class HistoryTooLong(NotSent):
    """So much stands in a conversation that nobody looks through it for one message."""


class Refused(SendFailure):
    """Certainly not taken and never will be (user_disabled, channel_not_found, token_revoked)."""


class Ambiguous(SendFailure):
    """Perhaps taken: the connection broke, timed out or failed after the request was written."""


class Messenger(Protocol):
    """Posts to Slack, once per call: it never retries by itself."""

    async def post(
        self, workspace_id: WorkspaceId, recipient: str, *, message: Message, send_id: str
    ) -> Receipt:
        """Post to a person's or channel's Slack id, with `send_id` in the message's metadata.

        Raises NotSent, Paused, Refused or Ambiguous, and nothing else.
        """
        ...

    async def find(
        self,
        workspace_id: WorkspaceId,
        recipient: str,
        *,
        send_id: str,
        since: datetime,
        thread_ts: str | None = None,
    ) -> Receipt | None:
        """Find the message with `send_id`, posted at or after `since`, or None if there is none.

        One that belongs into a thread is looked for there, too.

        Raises Refused("missing_scope") when the app may not read history, NotSent or Paused when
        the question could not be asked.
        """
        ...
