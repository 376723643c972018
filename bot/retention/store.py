"""Store the plans by which programmes forget."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import put_rows, read_as, rows_of, values_of
from bot.kernel.ids import ProgrammeId, WorkspaceId
from bot.programme.model import Programme
from bot.retention.model import RetentionPlan
from bot.retention.tables import retention_plan


async def plans(
    connection: AsyncConnection, workspace_id: WorkspaceId, **which: object
) -> list[RetentionPlan]:
    """Find the plans of a workspace with these values, by the day of the close."""
    query = sa.select(retention_plan).where(rows_of(retention_plan, workspace_id, **which))
    rows = await connection.execute(query.order_by(retention_plan.c.closed_on))
    return [read_as(RetentionPlan, row) for row in rows]


async def plan_of(
    connection: AsyncConnection, programme: Programme, *, hold: bool = False
) -> RetentionPlan:
    """Find a programme's plan, to `hold` or to look at; that of its template where none is kept."""
    its = rows_of(retention_plan, programme.workspace_id, programme_id=programme.id)
    query = sa.select(retention_plan).where(its)
    query = query.with_for_update(key_share=True) if hold else query
    row = (await connection.execute(query)).one_or_none()
    if row is not None:
        return read_as(RetentionPlan, row)
    template = programme.template
    return RetentionPlan(
        workspace_id=programme.workspace_id,
        programme_id=ProgrammeId(programme.id),
        words_days=template.keep_words_days,
        names_days=template.keep_names_days,
        notice_days=template.keep_notice_days,
    )


async def put(connection: AsyncConnection, plan: RetentionPlan) -> None:
    """Write a plan over the one before."""
    row = values_of(plan, retention_plan, counts=dict(plan.counts))
    await put_rows(connection, retention_plan, [row])
