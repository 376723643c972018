"""The metronome's tick: what has fallen due is done, in the transaction that marks it done."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as outbox
from bot.delivery.dispatcher import Dispatcher
from bot.inbox import store as inbox
from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.schedule import store as schedule
from bot.schedule.duties import AfterCommit, Duty
from bot.schedule.model import Due

log = structlog.get_logger("cairn.jobs")

BATCH = 200
TRY_AGAIN_AFTER = timedelta(minutes=5)
ENDED_KEPT_FOR = timedelta(days=400)
"""Longer than a programme: a message can be taken out of its channel as long as it is known."""
EVENTS_KEPT_FOR = timedelta(days=2)
"""Longer than Slack may send an event again, which is a day: docs.slack.dev/apis/events-api."""


async def tick(
    database: Database, duties: Mapping[str, Duty], *, now: datetime, limit: int = BATCH
) -> int:
    """Do up to `limit` things that are due at `now`, and say how many there were.

    Each stands alone: one that fails is undone by itself, logged by kind, and tried again in five
    minutes.
    """
    afterwards: list[AfterCommit] = []
    async with database.writing() as connection:
        claimed = await schedule.claim_due(connection, now=now, limit=limit)
        for due in claimed:
            after = await _do(connection, duties, due, now)
            if after is not None:
                afterwards.append(after)
    for after in afterwards:
        await _after(after)
    return len(claimed)


async def _after(after: AfterCommit) -> None:
    """Do what waited for the commit; one that fails must not keep the others from being done."""
    try:
        await after()
    except Exception as failure:
        log.error(  # noqa: TRY400 - a traceback's values stay out of the log
            "after_commit_failed", failure=type(failure).__name__
        )


async def _do(
    connection: AsyncConnection, duties: Mapping[str, Duty], due: Due, now: datetime
) -> AfterCommit | None:
    duty = duties.get(due.kind)
    if duty is None:
        log.warning("nothing_to_do_for_this_kind", kind=due.kind)
        return None
    try:
        async with connection.begin_nested():
            return await duty(connection, due, now)
    except Exception as failure:
        log.error(  # noqa: TRY400 - a traceback's values stay out of the log
            "duty_failed", kind=due.kind, failure=type(failure).__name__
        )
        await schedule.postpone(connection, due, until=now + TRY_AGAIN_AFTER)
        return None


async def tidy(database: Database, *, now: datetime) -> None:
    """Forget messages that ended ENDED_KEPT_FOR ago, and events. Once a day will do."""
    async with database.writing() as connection:
        forgotten = await outbox.forget_ended(connection, before=now - ENDED_KEPT_FOR)
        await inbox.forget_done(connection, before=now - EVENTS_KEPT_FOR)
    if forgotten:
        log.info("messages_forgotten", count=forgotten)


async def work(
    database: Database, clock: Clock, duties: Mapping[str, Duty], dispatcher: Dispatcher
) -> datetime | None:
    """Do and send all there is at `clock.now()`; the instant of what comes next, if anything."""
    while True:
        done = await tick(database, duties, now=clock.now())
        next_send = await dispatcher.drain()
        if done < BATCH:
            break
    async with database.reading() as connection:
        next_due = await schedule.next_due_at(connection)
    return min((at for at in (next_send, next_due) if at is not None), default=None)
