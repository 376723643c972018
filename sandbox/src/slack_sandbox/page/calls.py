"""The Web API log and the faults as the page lists them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from slack_sandbox.faults import INSTANT_KINDS, KINDS
from slack_sandbox.world import User, World

CALLS_SHOWN = 100
_MOST_CHARACTERS = 6000

# What each fault does, in the words of the panel.
FAULTS = {
    "drop": "Drop the connection",
    "delay": "Answer late",
    "status": "Answer with an HTTP error",
    "error": "Answer with a Slack error",
    "ratelimit": "Answer 429 with Retry-After",
    "hang": "Never answer",
    "duplicate": "Deliver a payload twice",
    "reorder": "Deliver payloads in another order",
    "lose": "Lose a payload",
    "expire_trigger": "Expire trigger ids at once",
    "kill_socket": "Cut Socket Mode connections",
    "refresh_socket": "Ask the app to reconnect",
    "deaf": "Keep sockets open but lose what is sent",
    "hear": "Let deaf sockets hear again",
    "skew": "Set the clock wrong",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One Web API call, or one payload to an app, as a line of the log."""

    id: int
    method: str
    ok: bool
    outcome: str
    time: str
    ms: str
    args: str
    answer: str


def call_rows(world: World, user: User) -> list[CallRow]:
    """Return the newest calls of the person's workspace first."""
    zone = ZoneInfo(user.tz)
    mine = (call for call in reversed(world.calls) if call.team_id in (None, user.team_id))
    rows = []
    for call in islice(mine, CALLS_SHOWN):
        ok = call.answer.get("ok") is True
        rows.append(
            CallRow(
                id=call.id,
                method=call.method,
                ok=ok,
                outcome="ok" if ok else str(call.answer.get("error", call.status)),
                time=datetime.fromtimestamp(call.at_s, UTC).astimezone(zone).strftime("%H:%M:%S"),
                ms=f"{call.ms:.1f} ms",
                args=_pretty(call.args),
                answer=_pretty(call.answer),
            )
        )
    return rows


def _pretty(value: object) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    if len(text) > _MOST_CHARACTERS:
        return f"{text[:_MOST_CHARACTERS]}\n… {len(text) - _MOST_CHARACTERS:,} more characters"
    return text


def fault_kinds() -> list[tuple[str, str, bool]]:
    """Return each kind of fault, what it does, and whether it happens once and at once."""
    kinds = [*FAULTS, *sorted(KINDS - set(FAULTS))]
    return [
        (kind, FAULTS.get(kind, kind.replace("_", " ")), kind in INSTANT_KINDS)
        for kind in kinds
        if kind in KINDS
    ]
