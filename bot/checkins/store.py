"""Store check-ins, whole. Nothing here is read by a machine to judge anybody."""

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins.model import (
    Answer,
    Blocker,
    CheckIn,
    CheckInId,
    Reflection,
    Visibility,
)
from bot.checkins.rules import mentor_may_read
from bot.checkins.tables import checkin, checkin_answer, checkin_turn
from bot.kernel.database import Instant, insert_into
from bot.kernel.ids import GroupId, MemberId, WorkspaceId
from bot.stages.model import Lens


async def add(connection: AsyncConnection, saved: CheckIn) -> bool:
    """Write a check-in and move its writer's turn on; False when that id is there already."""
    row = {
        "workspace_id": saved.workspace_id,
        "id": saved.id,
        "member_id": saved.member_id,
        "programme_id": saved.programme_id,
        "group_id": saved.group_id,
        "framework_id": saved.framework_id,
        "stage": saved.stage,
        "confidence": saved.entry.confidence,
        "blocker": saved.entry.blocker,
        "wish": saved.entry.wish,
        "visibility": saved.entry.visibility,
        "written_at": saved.written_at,
    }
    statement = (
        insert_into(connection, checkin)
        .values(row)
        .on_conflict_do_nothing()
        .returning(checkin.c.id)
    )
    if (await connection.execute(statement)).scalar_one_or_none() is None:
        return False
    answers = [
        {
            "workspace_id": saved.workspace_id,
            "checkin_id": saved.id,
            "position": position,
            "lens": answer.lens,
            "prompt": answer.prompt,
            "text": answer.text,
        }
        for position, answer in enumerate(saved.entry.answers)
    ]
    if answers:
        await connection.execute(sa.insert(checkin_answer), answers)
    first = insert_into(connection, checkin_turn).values(
        workspace_id=saved.workspace_id, member_id=saved.member_id, turn=1
    )
    await connection.execute(
        first.on_conflict_do_update(
            index_elements=["workspace_id", "member_id"], set_={"turn": checkin_turn.c.turn + 1}
        )
    )
    return True


async def find(
    connection: AsyncConnection, workspace_id: WorkspaceId, checkin_id: CheckInId
) -> CheckIn | None:
    """Find the check-in with this id, or None."""
    query = sa.select(checkin).where(
        checkin.c.workspace_id == workspace_id, checkin.c.id == checkin_id
    )
    found = await _read(connection, workspace_id, query)
    return found[0] if found else None


async def latest_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId, *, limit: int
) -> list[CheckIn]:
    """Find the member's own check-ins, newest first, at most `limit`."""
    query = (
        sa.select(checkin)
        .where(checkin.c.workspace_id == workspace_id, checkin.c.member_id == member_id)
        .order_by(checkin.c.written_at.desc(), checkin.c.id)
        .limit(limit)
    )
    return await _read(connection, workspace_id, query)


async def shared_with_mentors(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    group_ids: Collection[GroupId],
    since: datetime | None = None,
    until: datetime,
) -> list[CheckIn]:
    """Find the check-ins that mentees of these groups show their mentors, from `since` to `until`.

    Oldest first. Without `since`, from the beginning.
    """
    readable = [each.value for each in Visibility if mentor_may_read(each)]
    query = (
        sa.select(checkin)
        .where(
            checkin.c.workspace_id == workspace_id,
            checkin.c.group_id.in_(list(group_ids)),
            checkin.c.visibility.in_(readable),
            checkin.c.written_at < until,
        )
        .order_by(checkin.c.written_at, checkin.c.id)
    )
    if since is not None:
        query = query.where(checkin.c.written_at >= since)
    return await _read(connection, workspace_id, query)


async def last_written(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, member_ids: Iterable[MemberId]
) -> dict[MemberId, datetime]:
    """Find when each member last wrote a check-in, whoever may read it; others are left out."""
    query = (
        sa.select(checkin.c.member_id, sa.func.max(checkin.c.written_at, type_=Instant()))
        .where(checkin.c.workspace_id == workspace_id, checkin.c.member_id.in_(sorted(member_ids)))
        .group_by(checkin.c.member_id)
    )
    return {MemberId(member_id): at for member_id, at in await connection.execute(query)}


async def set_visibility(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    checkin_id: CheckInId,
    *,
    before: Visibility,
    after: Visibility,
) -> bool:
    """Change who may read it, if that is still `before`."""
    changed = await connection.execute(
        sa.update(checkin)
        .where(
            checkin.c.workspace_id == workspace_id,
            checkin.c.id == checkin_id,
            checkin.c.visibility == before.value,
        )
        .values(visibility=after)
    )
    return changed.rowcount > 0


async def remove(
    connection: AsyncConnection, workspace_id: WorkspaceId, checkin_id: CheckInId
) -> bool:
    """Delete a check-in with its answers. True if it was there."""
    gone = await connection.execute(
        sa.delete(checkin).where(checkin.c.workspace_id == workspace_id, checkin.c.id == checkin_id)
    )
    return gone.rowcount > 0


async def erase(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, member_id: MemberId
) -> int:
    """Delete everything that the member wrote; returns how many check-ins that were."""
    gone = await connection.execute(
        sa.delete(checkin).where(
            checkin.c.workspace_id == workspace_id, checkin.c.member_id == member_id
        )
    )
    await connection.execute(
        sa.delete(checkin_turn).where(
            checkin_turn.c.workspace_id == workspace_id, checkin_turn.c.member_id == member_id
        )
    )
    return gone.rowcount


async def _read(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    query: sa.Select[tuple[object, ...]],
) -> list[CheckIn]:
    rows = (await connection.execute(query)).all()
    answers: dict[str, list[Answer]] = {row.id: [] for row in rows}
    wanted = (
        sa.select(checkin_answer)
        .where(
            checkin_answer.c.workspace_id == workspace_id,
            checkin_answer.c.checkin_id.in_(list(answers)),
        )
        .order_by(checkin_answer.c.checkin_id, checkin_answer.c.position)
    )
    for row in await connection.execute(wanted) if answers else ():
        answers[row.checkin_id].append(Answer(Lens(row.lens), row.prompt, row.text))
    return [_checkin(row, tuple(answers[row.id])) for row in rows]


def _checkin(row: sa.Row[tuple[object, ...]], answers: tuple[Answer, ...]) -> CheckIn:
    return CheckIn(
        id=row.id,
        workspace_id=row.workspace_id,
        member_id=row.member_id,
        programme_id=row.programme_id,
        group_id=row.group_id,
        framework_id=row.framework_id,
        stage=row.stage,
        entry=Reflection(
            answers=answers,
            confidence=row.confidence,
            blocker=Blocker(row.blocker) if row.blocker else None,
            wish=row.wish,
            visibility=Visibility(row.visibility),
        ),
        written_at=row.written_at,
    )
