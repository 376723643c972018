"""Store goals, sealed, and their history: its rows are added, and deleted only with their goal."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.goals.model import Goal, GoalDomain, GoalId, GoalNote, GoalStatus, Progress
from bot.goals.tables import goal, goal_note
from bot.kernel.database import add_row, delete_rows, read_as, rows_of, values_of
from bot.kernel.ids import MemberId, WorkspaceId
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost

SEALED = SealedRows(goal, ("workspace_id", "id", "member_id", "programme_id", "shared_at"))
SEALED_NOTES = SealedRows(goal_note, ("workspace_id", "goal_id", "number", "at"))


async def add(connection: AsyncConnection, one: Goal) -> bool:
    """Write a goal; False when that id is there already."""
    return await add_row(connection, goal, await _row(connection, one))


async def change(connection: AsyncConnection, before: Goal, after: Goal) -> Goal | None:
    """Write a goal anew if it still stands as it was, sealed for those who may read it now.

    Returns its next revision, None where nothing was changed.
    """
    after = replace(after, revision=before.revision + 1)
    its = rows_of(goal, before.workspace_id, id=before.id, revision=before.revision)
    row = await _row(connection, after)
    changed = await connection.execute(sa.update(goal).where(its).values(row))
    return after if changed.rowcount else None


async def add_note(connection: AsyncConnection, of: Goal, note: GoalNote) -> bool:
    """Write the next line of a goal's history; False when that number is there already."""
    content = {
        "confidence": note.confidence,
        "progress": note.progress,
        "step_done": note.step_done,
    }
    row = {
        "workspace_id": of.workspace_id,
        "goal_id": of.id,
        "number": note.number,
        "at": note.at,
    }
    return await add_row(connection, goal_note, await SEALED_NOTES.seal(connection, row, content))


async def goals_of(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_ids: Collection[MemberId],
    *,
    shared: bool = False,
) -> list[Goal]:
    """Find the goals of these members with their history, oldest first; or those shared alone."""
    query = (
        sa.select(goal)
        .where(rows_of(goal, workspace_id, member_id=sorted(member_ids)))
        .order_by(goal.c.set_at, goal.c.id)
    )
    if shared:
        query = query.where(goal.c.shared_at.is_not(None))
    return await _read(connection, query) if member_ids else []


async def find(
    connection: AsyncConnection, workspace_id: WorkspaceId, goal_id: GoalId
) -> Goal | None:
    """Find the goal with this id and its history, or None."""
    found = await _read(connection, sa.select(goal).where(rows_of(goal, workspace_id, id=goal_id)))
    return found[0] if found else None


async def remove(connection: AsyncConnection, one: Goal) -> None:
    """Delete a goal with its history."""
    await delete_rows(connection, goal, one.workspace_id, id=one.id)


async def erase(connection: AsyncConnection, workspace_id: WorkspaceId, member: MemberId) -> int:
    """Delete a member's goals with their history; returns how many goals that were."""
    return await delete_rows(connection, goal, workspace_id, member_id=member)


async def _row(connection: AsyncConnection, one: Goal) -> dict[str, Any]:
    content = {
        "title": one.title,
        "next_step": one.next_step,
        "domain": one.domain,
        "importance": one.importance,
    }
    row = values_of(one, goal, status=one.status.value)
    return await SEALED.seal(connection, row, content)


async def _read(connection: AsyncConnection, query: sa.Select[Any]) -> list[Goal]:
    rows = (await connection.execute(query)).all()
    if not rows:
        return []
    its = rows_of(goal_note, rows[0].workspace_id, goal_id=[row.id for row in rows])
    noted = sa.select(goal_note).where(its).order_by(goal_note.c.goal_id, goal_note.c.number)
    notes: dict[str, list[GoalNote]] = {}
    for row in await connection.execute(noted):
        notes.setdefault(row.goal_id, []).append(await _note(connection, row))
    return [await _goal(connection, row, tuple(notes.get(row.id, ()))) for row in rows]


async def _goal(connection: AsyncConnection, row: sa.Row[Any], notes: tuple[GoalNote, ...]) -> Goal:
    status = GoalStatus(row.status)
    try:
        content = await SEALED.open(connection, row)
    except KeyLost:
        nothing = {"title": "", "next_step": "", "domain": GoalDomain.PRACTICE}
        return read_as(Goal, row, status=status, notes=notes, is_readable=False, **nothing)
    content["domain"] = GoalDomain(content["domain"])
    return read_as(Goal, row, status=status, notes=notes, **content)


async def _note(connection: AsyncConnection, row: sa.Row[Any]) -> GoalNote:
    try:
        content = await SEALED_NOTES.open(connection, row)
    except KeyLost:
        return read_as(GoalNote, row)
    progress = Progress(content["progress"]) if content["progress"] else None
    return read_as(GoalNote, row, **content | {"progress": progress})
