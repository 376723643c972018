"""Store the stage history: rows are added, and deleted only when a member is erased."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import delete_rows, read_as, read_each, rows_of, values_of
from bot.kernel.ids import MemberId, WorkspaceId
from bot.kinds import ToDoKind
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers
from bot.stages.model import Framework, History, StageEvent, StageEventKind, subject
from bot.stages.rules import MOVES, open_claim
from bot.stages.tables import stage_event
from bot.todos import ToDo, Weight


def _event(row: sa.Row[tuple[object, ...]]) -> StageEvent:
    return read_as(StageEvent, row, kind=StageEventKind(row.kind), by=row.by_member_id)


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
    """Find each member's events, oldest first; a member without events has an empty list."""
    wanted = sorted(set(member_ids))
    found: dict[MemberId, list[StageEvent]] = {member_id: [] for member_id in wanted}
    query = (
        sa.select(stage_event)
        .where(rows_of(stage_event, workspace_id, member_id=wanted))
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
    insert = sa.insert(stage_event).values(values_of(event, stage_event, by_member_id=event.by))
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
        .values(by_member_id="", note="")
    )
    return gone


async def todos(
    connection: AsyncConnection,
    member: Member,
    groups: Sequence[GroupMembers],
    *,
    frameworks: Mapping[str, Framework],
) -> list[ToDo]:
    """Find the claims that this mentor can answer; each is about one line of a history."""
    workspace_id = member.workspace_id
    where = {
        each: group for group in groups if member.id in group.mentors for each in group.mentees
    }
    if not where:
        return []
    events_of = await histories(connection, workspace_id, member_ids=where)
    claiming = [one for one, events in events_of.items() if events]
    if not claiming:
        return []
    running = {
        each.id: each for each in await programmes.running_programmes(connection, workspace_id)
    }
    found = []
    for mentee in await people.members(connection, workspace_id, ids=claiming):
        programme = running.get(where[mentee.id].programme_id)
        framework = programme and frameworks.get(programme.framework_id)
        claim = open_claim(framework, events_of[mentee.id]) if framework else None
        if claim is not None:
            found.append(
                ToDo(
                    kind=ToDoKind.ANSWER_CLAIM,
                    weight=Weight.SOMEBODY_WAITS,
                    since=claim.at,
                    about=subject(claim),
                    names=(mentee.name,),
                    what=claim.to_level,
                )
            )
    return found
