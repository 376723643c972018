"""What stands before every listener: repeated requests are answered, not done again."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
import structlog
from slack_bolt.response import BoltResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.kernel.database import Database

Check = Callable[[dict[str, Any]], Awaitable[BoltResponse | None]]
"""Looks at a request before its listener is sought: what to answer instead, None to go on."""

log = structlog.get_logger("cairn.edge")

REMEMBERED = 10_000
DATABASE_WITHIN_S = 2.0
"""Slack waits 3 s for an answer."""


@dataclass(slots=True)
class Seen:
    """The ids of the latest requests, in memory alone: a pulse submission leaves no other trace.

    What must survive a restart is protected where it is written (the inbox, unique keys, upserts),
    so this only spares people a second answer when Slack delivers twice.
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


def refuse_events_without_database(database: Database) -> Check:
    """Answers an event with 500 while the database is away.

    Slack then sends it again, up to three times within an hour, and over Socket Mode when no
    envelope was acknowledged: docs.slack.dev/apis/events-api. Commands and clicks are never
    repeated, so they go on, and their author reads one sentence.
    """

    async def check(body: dict[str, Any]) -> BoltResponse | None:
        if body.get("type") == "event_callback" and not await answers(database):
            log.warning("event_refused_without_database")
            return BoltResponse(status=500)
        return None

    return check


async def answers(database: Database) -> bool:
    """Whether the database answers at once."""
    try:
        async with asyncio.timeout(DATABASE_WITHIN_S), database.reading() as connection:
            await connection.execute(sa.text("SELECT 1"))
    except (SQLAlchemyError, OSError, TimeoutError):
        return False
    return True


def refuse_repeats(seen: Seen) -> Check:
    """Answers a repeated event with 200 and does nothing.

    Whatever a person waits for is let through: its repetition gets the answer of the first.
    """

    async def check(body: dict[str, Any]) -> BoltResponse | None:
        known = request_id(body) if body.get("type") == "event_callback" else None
        if known is not None and not seen.first_time(known):
            return BoltResponse(status=200)
        return None

    return check
