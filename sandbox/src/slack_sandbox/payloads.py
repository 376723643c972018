"""What is sent to an app, how the app answers, and what carries both."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal

from slack_sandbox.records import App, Json

ACK_WITHIN_S = 3.0

Channel = Literal["events_api", "interactive", "slash_commands"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Something for an app. ``name`` is what faults and logs call it: an event's type, a
    command, or the type of an interaction. ``retry`` counts earlier attempts; ``retry_reason``
    is Slack's word for why the last one failed."""

    kind: Channel
    name: str
    body: Json
    url: str | None = None
    retry: int = 0
    retry_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """How the app answered; ``ms`` is real time. ``reason`` is Slack's word for a failure."""

    acked: bool
    ms: float
    body: Any = None
    reason: str | None = None
    retry: bool = True


Transport = Callable[[App, Payload], Coroutine[Any, Any, Ack]]
"""Takes a payload to an app and waits ``ACK_WITHIN_S`` real seconds at most for the answer."""
