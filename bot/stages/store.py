"""Store the stage history, its words sealed: rows are added, and deleted only with their member."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import delete_rows, read_as, read_each, rows_of, values_of
from bot.kernel.ids import MemberId, WorkspaceId
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost
from bot.people.model import Member
from bot.stages.model import History, StageEvent, StageEventKind
from bot.stages.rules import MOVES
from bot.stages.tables import stage_event

SEALED = SealedRows(
    stage_event,
    (
        *("workspace_id", "member_id", "number", "framework_id", "kind"),
        *("from_level", "to_level", "by_member_id", "at"),
    ),
)
_WITHOUT_WORDS = [one for one in stage_event.columns if one.name not in {"key_id", "sealed"}]


def _event(row: sa.Row[Any], **words: object) -> StageEvent:
    return read_as(StageEvent, row, kind=StageEventKind(row.kind), by=row.by_member_id, **words)


def last_move(
    workspace_id: sa.ColumnElement[str],
    member_id: sa.ColumnElement[str],
    framework_id: sa.ColumnElement[str],
) -> sa.ScalarSelect[str]:
    """Select the level of the member's last move, for another store's query."""
    return (
        sa.select(stage_event.c.to_level)
        .where(
            rows_of(stage_event, workspace_id, member_id=member_id, framework_id=framework_id),
            sa.or_(*(stage_event.c.kind == kind for kind in sorted(MOVES))),  # IN is spelled anew
        )
        .order_by(stage_event.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )


async def histories(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, member_ids: Iterable[MemberId]
) -> dict[MemberId, History]:
    """Find each member's events without their words, oldest first; none is an empty list."""
    wanted = sorted(set(member_ids))
    if not wanted:
        return {}
    found: dict[MemberId, list[StageEvent]] = {member_id: [] for member_id in wanted}
    query = (
        sa.select(*_WITHOUT_WORDS)
        .where(rows_of(stage_event, workspace_id, member_id=wanted))
        .order_by(stage_event.c.member_id, stage_event.c.number)
    )
    for event in await read_each(connection, query, _event):
        found[event.member_id].append(event)
    return {member_id: tuple(events) for member_id, events in found.items()}


async def history(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> History:
    """Find one member's events with their words, oldest first."""
    its = rows_of(stage_event, workspace_id, member_id=member_id)
    rows = await connection.execute(
        sa.select(stage_event).where(its).order_by(stage_event.c.number)
    )
    return tuple([await _with_words(connection, row) for row in rows])


async def _with_words(connection: AsyncConnection, row: sa.Row[Any]) -> StageEvent:
    if row.sealed is None:
        return _event(row)
    try:
        content = await SEALED.open(connection, row)
    except KeyLost:
        return _event(row, is_readable=False)
    return _event(row, note=content["note"], met=tuple(content["met"]))


async def add(connection: AsyncConnection, event: StageEvent) -> bool:
    """Write one event; False when the member's history has moved on to that number already."""
    row = values_of(event, stage_event, by_member_id=event.by)
    if event.note or event.met:
        content = {"note": event.note, "met": event.met}
        row = await SEALED.seal(connection, row, content)
    insert = sa.insert(stage_event).values(row)
    try:
        async with connection.begin_nested():
            await connection.execute(insert)
    except sa.exc.IntegrityError:
        return False
    return True


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> int:
    """Delete the member's history, and blank their name and words in others'; returns how much."""
    gone = await delete_rows(connection, stage_event, member.workspace_id, member_id=member.id)
    await connection.execute(
        sa.update(stage_event)
        .where(rows_of(stage_event, member.workspace_id, by_member_id=member.id))
        .values(by_member_id="", key_id=None, sealed=None)
    )
    return gone
