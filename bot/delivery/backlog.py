"""Count what waits to be sent in all workspaces, for whoever watches over Cairn."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Lane, OutboxState, Pace
from bot.delivery.reasons import OTHER, word_for
from bot.delivery.tables import delivery_pace, in_state, outbox, pace_from
from bot.kernel.ids import WorkspaceId

UNDER_WAY = (OutboxState.SENDING, OutboxState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Backlog:
    """The messages of one lane that wait in one workspace; `ready_at` is the first one's time."""

    workspace_id: WorkspaceId
    lane: Lane
    count: int
    ready_at: datetime


async def backlogs(connection: AsyncConnection) -> list[Backlog]:
    """Count what waits, by workspace and lane. Costs what waits, over an index."""
    query = (
        sa.select(
            outbox.c.workspace_id,
            outbox.c.lane,
            sa.func.count().label("how_many"),
            sa.func.min(outbox.c.ready_at).label("ready_at"),
        )
        .where(in_state(OutboxState.QUEUED))
        .group_by(outbox.c.workspace_id, outbox.c.lane)
    )
    return [
        Backlog(WorkspaceId(row.workspace_id), Lane(row.lane), row.how_many, row.ready_at)
        for row in await connection.execute(query)
    ]


async def under_way(connection: AsyncConnection) -> dict[tuple[Lane, OutboxState], int]:
    """Count what is on its way or may have arrived, by lane and state."""
    counts = [
        sa.select(outbox.c.lane, outbox.c.state, sa.func.count().label("how_many"))
        .where(in_state(state))
        .group_by(outbox.c.lane, outbox.c.state)
        for state in UNDER_WAY
    ]
    rows = await connection.execute(sa.union_all(*counts))
    return {(Lane(row.lane), OutboxState(row.state)): row.how_many for row in rows}


async def dead_letters(connection: AsyncConnection) -> Counter[str]:
    """Count what could not be sent, by the word for its reason."""
    query = (
        sa.select(outbox.c.last_error, sa.func.count().label("how_many"))
        .where(in_state(OutboxState.FAILED))
        .group_by(outbox.c.last_error)
    )
    found: Counter[str] = Counter({OTHER: 0})
    for row in await connection.execute(query):
        found[word_for(row.last_error)] += row.how_many
    return found


async def every_pace(connection: AsyncConnection) -> dict[WorkspaceId, Pace]:
    """Read the pace of every workspace that was ever written to."""
    rows = await connection.execute(sa.select(delivery_pace))
    return {WorkspaceId(row.workspace_id): pace_from(row) for row in rows}
