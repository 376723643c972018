"""Store the stage history: rows are added, and deleted only when a member is erased."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import read_each
from bot.kernel.ids import MemberId, WorkspaceId
from bot.stages.model import History, StageEvent, StageEventKind
from bot.stages.rules import MOVES
from bot.stages.tables import stage_event


def _event(row: sa.Row[tuple[object, ...]]) -> StageEvent:
    return StageEvent(
        workspace_id=row.workspace_id,
        member_id=row.member_id,
        number=row.number,
        framework_id=row.framework_id,
        kind=StageEventKind(row.kind),
        from_level=row.from_level,
        to_level=row.to_level,
        note=row.note,
        by=row.by_member_id,
        at=row.at,
    )


def last_move(
    workspace_id: sa.ColumnElement[str],
    member_id: sa.ColumnElement[str],
    framework_id: sa.ColumnElement[str],
) -> sa.ScalarSelect[str]:
    """Select the level of the member's last move, for `rules.level_after`.

    It lets another store read a stage within a query of its own.
    """
    return (
        sa.select(stage_event.c.to_level)
        .where(
            stage_event.c.workspace_id == workspace_id,
            stage_event.c.member_id == member_id,
            stage_event.c.framework_id == framework_id,
            stage_event.c.kind.in_(sorted(MOVES)),
        )
        .order_by(stage_event.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )


async def histories(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, member_ids: Iterable[MemberId]
) -> dict[MemberId, History]:
    """Find each member's events, oldest first; a member without events has an empty list."""
    wanted = sorted(set(member_ids))
    found: dict[MemberId, list[StageEvent]] = {member_id: [] for member_id in wanted}
    query = (
        sa.select(stage_event)
        .where(stage_event.c.workspace_id == workspace_id, stage_event.c.member_id.in_(wanted))
        .order_by(stage_event.c.member_id, stage_event.c.number)
    )
    for event in await read_each(connection, query, _event):
        found[event.member_id].append(event)
    return {member_id: tuple(events) for member_id, events in found.items()}


async def history(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> History:
    """Find one member's events, oldest first."""
    return (await histories(connection, workspace_id, member_ids=[member_id]))[member_id]


async def add(connection: AsyncConnection, event: StageEvent) -> bool:
    """Write one event; False when the member's history has moved on to that number already."""
    insert = sa.insert(stage_event).values(
        workspace_id=event.workspace_id,
        member_id=event.member_id,
        number=event.number,
        framework_id=event.framework_id,
        kind=event.kind,
        from_level=event.from_level,
        to_level=event.to_level,
        note=event.note,
        by_member_id=event.by,
        at=event.at,
    )
    try:
        async with connection.begin_nested():
            await connection.execute(insert)
    except sa.exc.IntegrityError:
        return False
    return True


async def erase(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, member_id: MemberId
) -> int:
    """Delete the member's history, and what they wrote as a mentor in others'.

    Others keep the bare fact of a confirmation, with its author and note blanked. Returns how
    many events of the member's own went.
    """
    gone = await connection.execute(
        sa.delete(stage_event).where(
            stage_event.c.workspace_id == workspace_id, stage_event.c.member_id == member_id
        )
    )
    await connection.execute(
        sa.update(stage_event)
        .where(stage_event.c.workspace_id == workspace_id, stage_event.c.by_member_id == member_id)
        .values(by_member_id="", note="")
    )
    return gone.rowcount
