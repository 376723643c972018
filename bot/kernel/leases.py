"""Lease out what waits in a queue, until a process that holds it is thought dead.

A queue is a table with `ready_at` and `lease_until`. Each lease is longer than whatever is done
under it can take: nothing may be done by two at once.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Instant

OUTBOX = timedelta(seconds=90)
"""A message is rendered and posted within 30 s each, and looked up within 60 s."""
INBOX = timedelta(minutes=1)
ERRANDS = timedelta(minutes=2)
"""An attempt is a few calls to Slack of 15 s each."""

NOW = sa.bindparam("now", type_=Instant)


def is_free(queue: sa.Table) -> sa.ColumnElement[bool]:
    """Match what nobody holds at the parameter `now`."""
    return sa.or_(queue.c.lease_until.is_(None), queue.c.lease_until <= NOW)


def free_at(queue: sa.Table) -> sa.ColumnElement[datetime]:
    """Say when something may be tried next: at its time, or when its lease has run out."""
    is_held = queue.c.lease_until > queue.c.ready_at
    return sa.case((is_held, queue.c.lease_until), else_=queue.c.ready_at)


async def next_at(
    connection: AsyncConnection, queue: sa.Table, *where: sa.ColumnElement[bool]
) -> datetime | None:
    """Find when the first of a queue may be tried that matches all of `where`; None for none."""
    query = sa.select(sa.func.min(free_at(queue), type_=Instant())).where(*where)
    found: datetime | None = (await connection.execute(query)).scalar_one()
    return found
