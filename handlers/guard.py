"""What stands before every listener: repeated requests are answered, not done again."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.response import BoltResponse

REMEMBERED = 10_000


@dataclass(slots=True)
class Seen:
    """The ids of the latest requests, in memory alone: a pulse submission leaves no other trace.

    What must survive a restart is protected where it is written (unique keys, upserts), so this
    only spares people a second answer when Slack delivers twice.
    """

    limit: int = REMEMBERED
    _ids: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def first_time(self, request_id: str) -> bool:
        """True once for each id among the latest `limit`."""
        if request_id in self._ids:
            return False
        self._ids[request_id] = None
        if len(self._ids) > self.limit:
            self._ids.popitem(last=False)
        return True


def request_id(body: dict[str, Any]) -> str | None:
    """What Slack repeats when it delivers a request twice: an event's id or a trigger.

    A trigger belongs to one click or submission, but several clicks in one view share none.
    """
    found = body.get("event_id") or body.get("trigger_id")
    return found if isinstance(found, str) and found else None


def refuse_repeats(seen: Seen) -> Callable[..., Awaitable[BoltResponse | None]]:
    """Middleware that answers a repeated request with 200 and does nothing."""

    async def middleware(
        body: dict[str, Any], next_: Callable[[], Awaitable[None]]
    ) -> BoltResponse | None:
        known = request_id(body)
        if known is not None and not seen.first_time(known):
            return BoltResponse(status=200)
        await next_()
        return None

    return middleware
