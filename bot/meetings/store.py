"""Read and write meetings, held and planned."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.clock import nearest_instant
from bot.kernel.database import add_row, delete_rows, put_rows, read_as, rows_of, values_of
from bot.kernel.ids import GroupId, MemberId, WorkspaceId
from bot.meetings.model import (
    Length,
    Meeting,
    MeetingId,
    Mode,
    Objection,
    PlanId,
    PlannedMeeting,
    PlanState,
)
from bot.meetings.tables import (
    meeting,
    meeting_mentee,
    meeting_mentor,
    meeting_objection,
    planned_answer,
    planned_meeting,
    planned_time,
)
from bot.people.model import Member
from bot.people.tables import member_table
from bot.programme.tables import group_table, seat_table


async def add(connection: AsyncConnection, held: Meeting) -> bool:
    """Write a meeting; False when that id is there already."""
    if not await add_row(connection, meeting, values_of(held, meeting)):
        return False
    await _put_people(connection, held)
    return True


async def change(connection: AsyncConnection, held: Meeting) -> None:
    """Write a corrected meeting over its record; nobody objects to it any more."""
    await put_rows(connection, meeting, [values_of(held, meeting)])
    for table in (meeting_mentee, meeting_mentor, meeting_objection):
        await delete_rows(connection, table, held.workspace_id, meeting_id=held.id)
    await _put_people(connection, held)


async def _put_people(connection: AsyncConnection, held: Meeting) -> None:
    key = {"workspace_id": held.workspace_id, "meeting_id": held.id}
    for table, members in ((meeting_mentee, held.mentees), (meeting_mentor, held.mentors)):
        rows = [key | {"member_id": one} for one in sorted(members)]
        if rows:
            await connection.execute(sa.insert(table), rows)


async def remove(connection: AsyncConnection, held: Meeting) -> None:
    """Delete a record; what was planned waits again for word of whether it took place."""
    its = rows_of(planned_meeting, held.workspace_id, meeting_id=held.id)
    values = {"state": PlanState.FIXED, "meeting_id": None}
    await connection.execute(sa.update(planned_meeting).where(its).values(values))
    await delete_rows(connection, meeting, held.workspace_id, id=held.id)


async def meetings(
    connection: AsyncConnection, workspace_id: WorkspaceId, **which: object
) -> list[Meeting]:
    """Find the meetings with these values, the latest first, with who was there."""
    return await _meetings(connection, workspace_id, rows_of(meeting, workspace_id, **which))


async def _meetings(
    connection: AsyncConnection, workspace_id: WorkspaceId, which: sa.ColumnElement[bool]
) -> list[Meeting]:
    query = (
        sa.select(meeting)
        .where(rows_of(meeting, workspace_id), which)
        .order_by(meeting.c.held_on.desc(), meeting.c.recorded_at.desc(), meeting.c.id)
    )
    rows = (await connection.execute(query)).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    mentees, mentors, objecting = await _people(connection, workspace_id, ids)
    return [
        read_as(
            Meeting,
            row,
            mode=Mode(row.mode) if row.mode else None,
            length=Length(row.length) if row.length else None,
            mentees=frozenset(mentees[row.id]),
            mentors=frozenset(mentors[row.id]),
            objecting=frozenset(objecting[row.id]),
        )
        for row in rows
    ]


async def _people(
    connection: AsyncConnection, workspace_id: WorkspaceId, ids: Collection[str]
) -> list[Mapping[str, set[MemberId]]]:
    """Find the mentees of meetings, their mentors and those who object, in one query."""
    tables = (meeting_mentee, meeting_mentor, meeting_objection)
    found: list[dict[str, set[MemberId]]] = [defaultdict(set) for _ in tables]
    query = sa.union_all(
        *(
            sa.select(
                sa.literal(number).label("number"), table.c.meeting_id, table.c.member_id
            ).where(rows_of(table, workspace_id, meeting_id=ids))
            for number, table in enumerate(tables)
        )
    )
    for row in await connection.execute(query):
        found[row.number][row.meeting_id].add(row.member_id)
    return [*found]


async def latest(
    connection: AsyncConnection, workspace_id: WorkspaceId, group_ids: Collection[GroupId]
) -> dict[GroupId, Meeting]:
    """Find each group's latest meeting. Groups that have not met are left out."""
    ranked = (
        sa.select(
            meeting.c.id,
            sa.func.row_number()
            .over(
                partition_by=meeting.c.group_id,
                order_by=(meeting.c.held_on.desc(), meeting.c.recorded_at.desc(), meeting.c.id),
            )
            .label("rank"),
        )
        .where(rows_of(meeting, workspace_id, group_id=group_ids))
        .subquery()
    )
    first = meeting.c.id.in_(sa.select(ranked.c.id).where(ranked.c.rank == 1))
    found = await _meetings(connection, workspace_id, first)
    return {one.group_id: one for one in found}


async def attended(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentor_id: MemberId
) -> list[Meeting]:
    """Find the meetings at which a mentor was, the latest first."""
    theirs = sa.select(meeting_mentor.c.meeting_id).where(
        rows_of(meeting_mentor, workspace_id, member_id=mentor_id)
    )
    ids = (await connection.execute(theirs)).scalars().all()
    return await meetings(connection, workspace_id, id=ids)


async def objected(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    mentees: Mapping[GroupId, Collection[MemberId]],
) -> list[Objection]:
    """Find the records of these groups to which one of these mentees objects, the longest first."""
    theirs = sa.select(meeting.c.id).where(rows_of(meeting, workspace_id, group_id=mentees))
    which = rows_of(meeting, workspace_id) & (meeting.c.id == meeting_objection.c.meeting_id)
    who = rows_of(member_table, workspace_id)
    who &= member_table.c.id == meeting_objection.c.member_id
    said = (meeting_objection.c.said_at, meeting_objection.c.member_id, member_table.c.name)
    query = (
        sa.select(meeting.c.id, meeting.c.group_id, meeting.c.held_on, *said)
        .select_from(meeting_objection.join(meeting, which).join(member_table, who))
        .where(rows_of(meeting_objection, workspace_id), meeting_objection.c.meeting_id.in_(theirs))
        .order_by(meeting_objection.c.said_at, meeting_objection.c.member_id)
    )
    found: dict[MeetingId, Objection] = {}
    for row in await connection.execute(query):
        if row.member_id in mentees[row.group_id]:
            one = Objection(
                meeting_id=row.id,
                group_id=row.group_id,
                held_on=row.held_on,
                names=(),
                since=row.said_at,
            )
            before = found.get(row.id, one)
            found[row.id] = replace(before, names=(*before.names, row.name))
    return [*found.values()]


async def object_to(
    connection: AsyncConnection, held: Meeting, member_id: MemberId, *, now: datetime
) -> None:
    """Note that a mentee says that it was not so; twice is once."""
    key = {"workspace_id": held.workspace_id, "meeting_id": held.id, "member_id": member_id}
    await add_row(connection, meeting_objection, key | {"said_at": now})


async def drop_objections(connection: AsyncConnection, held: Meeting) -> None:
    """Note that the mentor looked at the record again and leaves it."""
    await delete_rows(connection, meeting_objection, held.workspace_id, meeting_id=held.id)


async def last_met(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, group_ids: Collection[GroupId]
) -> dict[GroupId, date]:
    """Find the day of each group's latest meeting. Groups that have not met are left out."""
    query = (
        sa.select(meeting.c.group_id, sa.func.max(meeting.c.held_on, type_=sa.Date()))
        .where(rows_of(meeting, workspace_id, group_id=group_ids))
        .group_by(meeting.c.group_id)
    )
    return {GroupId(group_id): on for group_id, on in await connection.execute(query)}


async def has_missed(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> bool:
    """Say whether a meeting did not take place in any group where this member has a seat."""
    its = {"here": workspace_id, "whose": member_id}
    return (await connection.execute(_HAS_MISSED, its)).first() is not None


def _has_missed() -> sa.Select[Any]:
    here, whose = sa.bindparam("here", type_=sa.String), sa.bindparam("whose", type_=sa.String)
    theirs = sa.select(seat_table.c.group_id).where(rows_of(seat_table, here, member_id=whose))
    query = sa.select(planned_meeting.c.id).where(
        rows_of(planned_meeting, here, state=PlanState.MISSED),
        planned_meeting.c.group_id.in_(theirs),
    )
    return query.limit(1)


_HAS_MISSED = _has_missed()


async def missed_meetings(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, group_ids: Collection[GroupId]
) -> dict[GroupId, list[datetime]]:
    """Find by group when meetings were planned that did not take place, the earliest first.

    From logistics alone, and a mark against nobody: who could not come is not on record.
    """
    which = {"group_id": group_ids, "state": PlanState.MISSED}
    query = sa.select(planned_meeting).where(rows_of(planned_meeting, workspace_id, **which))
    found: dict[GroupId, list[datetime]] = {}
    for row in await connection.execute(query.order_by(planned_meeting.c.starts_at)):
        found.setdefault(GroupId(row.group_id), []).append(nearest_instant(row.starts_at))
    return found


async def put_plan(connection: AsyncConnection, plan: PlannedMeeting) -> None:
    """Write a planned meeting over what has its id; the times stay as they were offered."""
    await put_rows(connection, planned_meeting, [values_of(plan, planned_meeting)])
    key = {"workspace_id": plan.workspace_id, "plan_id": plan.id}
    times = [key | {"number": number, "starts_at": at} for number, at in plan.times.items()]
    await put_rows(connection, planned_time, times)


async def change_plan(connection: AsyncConnection, plan: PlannedMeeting, **values: object) -> bool:
    """Change a planned meeting; False where somebody has changed it since it was read."""
    as_read = {"id": plan.id, "state": plan.state, "changes": plan.changes}
    its = rows_of(planned_meeting, plan.workspace_id, **as_read)
    changed = await connection.execute(sa.update(planned_meeting).where(its).values(values))
    return changed.rowcount > 0


async def hold_open(connection: AsyncConnection, plan: PlannedMeeting) -> bool:
    """Keep offered times open until the transaction ends; False where they are closed by now."""
    its = rows_of(planned_meeting, plan.workspace_id, id=plan.id, state=PlanState.OFFERED)
    query = sa.select(planned_meeting.c.id).where(its).with_for_update(read=True)
    return (await connection.execute(query)).one_or_none() is not None


async def hold_group(
    connection: AsyncConnection, workspace_id: WorkspaceId, group_id: GroupId
) -> None:
    """Let nobody else offer times to a group, or note that it met, until the transaction ends."""
    query = sa.select(group_table.c.id).where(rows_of(group_table, workspace_id, id=group_id))
    await connection.execute(query.with_for_update(key_share=True))


async def hold(connection: AsyncConnection, workspace_id: WorkspaceId, meeting_id: str) -> None:
    """Let nobody else change a record until the transaction ends."""
    query = sa.select(meeting.c.id).where(rows_of(meeting, workspace_id, id=meeting_id))
    await connection.execute(query.with_for_update(key_share=True))


async def put_answers(
    connection: AsyncConnection, plan: PlannedMeeting, member_id: MemberId, can: Mapping[int, bool]
) -> None:
    """Keep at which times a member can and cannot."""
    key = {"workspace_id": plan.workspace_id, "plan_id": plan.id, "member_id": member_id}
    rows = [key | {"number": number, "can": one} for number, one in can.items()]
    await put_rows(connection, planned_answer, rows)


async def plans(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    states: Iterable[PlanState] = (PlanState.OFFERED, PlanState.FIXED),
    **which: object,
) -> list[PlannedMeeting]:
    """Find the planned meetings with these values, the earliest first, with times and answers.

    An instant on record with which nobody could reckon is told as the nearest with which one can.
    """
    query = (
        sa.select(planned_meeting)
        .where(rows_of(planned_meeting, workspace_id, state=[*states], **which))
        .order_by(planned_meeting.c.starts_at, planned_meeting.c.offered_at, planned_meeting.c.id)
    )
    rows = (await connection.execute(query)).all()
    offered = [row.id for row in rows if row.state == PlanState.OFFERED]
    times: dict[str, dict[int, datetime]] = defaultdict(dict)
    answers: dict[str, dict[MemberId, dict[int, bool]]] = defaultdict(lambda: defaultdict(dict))
    for one in await _offered(connection, workspace_id, offered):
        times[one.plan_id][one.number] = nearest_instant(one.starts_at)
        if one.member_id is not None:
            answers[one.plan_id][MemberId(one.member_id)][one.number] = one.can
    return [
        read_as(
            PlannedMeeting,
            row,
            state=PlanState(row.state),
            starts_at=row.starts_at and nearest_instant(row.starts_at),
            times=times[row.id],
            answers=answers[row.id],
        )
        for row in rows
    ]


async def _offered(
    connection: AsyncConnection, workspace_id: WorkspaceId, ids: Collection[str]
) -> list[sa.Row[Any]]:
    """Find the offered times of these plans, once for each answer, or once without any."""
    if not ids:
        return []
    about = ("workspace_id", "plan_id", "number")
    same = sa.and_(*(planned_time.c[one] == planned_answer.c[one] for one in about))
    query = (
        sa.select(planned_time, planned_answer.c.member_id, planned_answer.c.can)
        .select_from(planned_time.outerjoin(planned_answer, same))
        .where(rows_of(planned_time, workspace_id, plan_id=ids))
    )
    return [*(await connection.execute(query))]


async def plan(
    connection: AsyncConnection, workspace_id: WorkspaceId, plan_id: PlanId
) -> PlannedMeeting | None:
    """Find a planned meeting in whatever state, or None."""
    found = await plans(connection, workspace_id, states=PlanState, id=plan_id)
    return found[0] if found else None


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> int:
    """Take the member out of all meetings, which stay for the others; returns how many."""
    workspace_id, theirs = member.workspace_id, {"member_id": member.id}
    gone = await delete_rows(connection, meeting_mentee, workspace_id, **theirs)
    for table in (meeting_mentor, meeting_objection, planned_answer):
        await delete_rows(connection, table, workspace_id, **theirs)
    for table, column in ((meeting, "recorded_by"), (planned_meeting, "offered_by")):
        its = rows_of(table, workspace_id, **{column: member.id})
        await connection.execute(sa.update(table).where(its).values({column: ""}))
    await connection.execute(
        sa.delete(meeting).where(
            meeting.c.workspace_id == workspace_id,
            ~sa.exists().where(
                meeting_mentee.c.workspace_id == meeting.c.workspace_id,
                meeting_mentee.c.meeting_id == meeting.c.id,
            ),
        )
    )
    return gone
