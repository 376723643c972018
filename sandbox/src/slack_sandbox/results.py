"""What came of something that a person did in Slack."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sandbox.payloads import Ack
from slack_sandbox.records import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of it. ``ack_ms`` is real time; ``error`` is the sentence Slack would show;
    ``response`` is what the app answered, such as a view's ``errors`` by block id."""

    acked: bool
    ack_ms: float = 0.0
    response: Json | None = None
    error: str | None = None


def result_of(ack: Ack, *, error: str | None = None) -> Result:
    """Return the result of an interaction that an app answered, or failed to."""
    response = ack.body if isinstance(ack.body, dict) else None
    return Result(acked=ack.acked, ack_ms=round(ack.ms, 3), response=response, error=error)
