"""Store check-ins, whole and sealed. Nothing here is read by a machine to judge anybody."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins.rules import (
    Answer,
    Blocker,
    CheckIn,
    CheckInId,
    ProgrammeSeat,
    Reflection,
    Visibility,
    Writer,
    mentor_may_read,
)
from bot.checkins.tables import checkin, checkin_turn
from bot.kernel.database import (
    Instant,
    add_row,
    delete_rows,
    insert_into,
    read_as,
    rows_of,
    values_of,
)
from bot.kernel.ids import GroupId, MemberId, SlackUserId, WorkspaceId
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost
from bot.people.model import Member, MemberState, Role
from bot.people.tables import member_table
from bot.programme.model import ProgrammeState, Use
from bot.programme.tables import enrolment_table, group_table, programme_table, seat_table
from bot.stages.model import Lens
from bot.stages.store import last_move

SEALED = SealedRows(
    checkin,
    (
        *("workspace_id", "id", "member_id", "programme_id", "group_id"),
        *("framework_id", "stage", "visibility", "written_at", "shared_at"),
    ),
)


async def add(connection: AsyncConnection, saved: CheckIn) -> bool:
    """Write a check-in and move its writer's turn on; False when that id is there already."""
    if not await add_row(connection, checkin, await _row(connection, saved)):
        return False
    first = insert_into(connection, checkin_turn).values(values_of(saved, checkin_turn, turn=1))
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
    query = sa.select(checkin).where(rows_of(checkin, workspace_id, id=checkin_id))
    found = await _read(connection, query)
    return found[0] if found else None


async def latest_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId, *, limit: int
) -> list[CheckIn]:
    """Find the member's own check-ins, newest first, at most `limit`."""
    query = (
        sa.select(checkin)
        .where(rows_of(checkin, workspace_id, member_id=member_id))
        .order_by(checkin.c.written_at.desc(), checkin.c.id)
        .limit(limit)
    )
    return await _read(connection, query)


async def shared_with_mentors(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    group_ids: Collection[GroupId],
    since: datetime | None = None,
    until: datetime,
) -> list[CheckIn]:
    """Find what was shared in these groups, or with their mentors, in that time, in its order."""
    readable = [each.value for each in Visibility if mentor_may_read(each)]
    query = (
        sa.select(checkin)
        .where(
            rows_of(checkin, workspace_id, group_id=group_ids, visibility=readable),
            checkin.c.shared_at < until,
        )
        .order_by(checkin.c.shared_at, checkin.c.id)
    )
    if since is not None:
        query = query.where(checkin.c.shared_at >= since)
    return [one for one in await _read(connection, query) if one.is_readable]


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


async def change(connection: AsyncConnection, before: CheckIn, after: CheckIn) -> bool:
    """Change who may read it, if that is still as it was, and seal it anew for them."""
    was = {"visibility": before.entry.visibility.value, "shared_at": before.shared_at}
    changed = await connection.execute(
        sa.update(checkin)
        .where(rows_of(checkin, before.workspace_id, id=before.id, **was))
        .values(await _row(connection, after))
    )
    return changed.rowcount > 0


async def remove(
    connection: AsyncConnection, workspace_id: WorkspaceId, checkin_id: CheckInId
) -> bool:
    """Delete a check-in with its answers. True if it was there."""
    return await delete_rows(connection, checkin, workspace_id, id=checkin_id) > 0


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> int:
    """Delete everything that the member wrote; returns how many check-ins that were."""
    gone = await delete_rows(connection, checkin, member.workspace_id, member_id=member.id)
    await delete_rows(connection, checkin_turn, member.workspace_id, member_id=member.id)
    return gone


async def _row(connection: AsyncConnection, one: CheckIn) -> dict[str, Any]:
    """Make the row of a check-in: what was written is sealed for its writer and its audience."""
    entry = one.entry
    content = {
        "answers": [[each.lens, each.prompt, each.text] for each in entry.answers],
        "confidence": entry.confidence,
        "blocker": entry.blocker,
        "wish": entry.wish,
    }
    row = values_of(one, checkin, visibility=entry.visibility.value)
    return await SEALED.seal(connection, row, content)


async def _read(connection: AsyncConnection, query: sa.Select[tuple[object, ...]]) -> list[CheckIn]:
    return [await _checkin(connection, row) for row in await connection.execute(query)]


async def _checkin(connection: AsyncConnection, row: sa.Row[tuple[object, ...]]) -> CheckIn:
    try:
        content = await SEALED.open(connection, row)
    except KeyLost:
        nobodys = Reflection(visibility=Visibility.ONLY_ME)
        return read_as(CheckIn, row, entry=nobodys, is_readable=False)
    entry = Reflection(
        answers=tuple(Answer(Lens(each[0]), *each[1:]) for each in content["answers"]),
        confidence=content["confidence"],
        blocker=Blocker(content["blocker"]) if content["blocker"] else None,
        wish=content["wish"],
        visibility=Visibility(row.visibility),
    )
    return read_as(CheckIn, row, entry=entry)


async def writer_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, slack_user_id: SlackUserId
) -> Writer | None:
    """Read all that the form needs of a person in a single query; None for somebody unknown."""
    parameters = {"workspace": workspace_id, "slack_user_id": slack_user_id}
    rows = (await connection.execute(_STANDING, parameters)).all()
    if not rows:
        return None
    return read_as(
        Writer,
        rows[0],
        state=MemberState(rows[0].state),
        initial_stage=rows[0].stage,
        places=tuple(_place(row) for row in rows if row.programme_id),
    )


def _place(row: sa.Row[tuple[object, ...]]) -> ProgrammeSeat:
    seat_role = Role(row.seat_role) if row.seat_role else None
    used = row.uses is None or Use.CHECKINS in dict(
        row.uses
    )  # None: made before there was a choice
    return read_as(ProgrammeSeat, row, seat_role=seat_role, uses_checkins=used)


_WORKSPACE: sa.BindParameter[str] = sa.bindparam("workspace", type_=sa.String)
_SEAT_IN_PROGRAMME = sa.and_(
    seat_table.c.workspace_id == _WORKSPACE,
    seat_table.c.member_id == member_table.c.id,
    sa.exists()
    .where(
        group_table.c.workspace_id == _WORKSPACE,
        group_table.c.id == seat_table.c.group_id,
        group_table.c.programme_id == programme_table.c.id,
    )
    .correlate(seat_table, programme_table),
)
"""Found from the member's own seats: joining groups first would look at the whole workspace's."""


def _takes_part() -> sa.ColumnElement[bool]:
    """Match members with a seat in one of the programme's groups, or enrolled in it."""
    is_seated = sa.exists().where(_SEAT_IN_PROGRAMME).correlate(programme_table, member_table)
    is_enrolled = sa.exists().where(
        enrolment_table.c.workspace_id == _WORKSPACE,
        enrolment_table.c.programme_id == programme_table.c.id,
        enrolment_table.c.member_id == member_table.c.id,
    )
    return sa.or_(is_seated, is_enrolled)


def _standing_query() -> sa.Select[tuple[object, ...]]:
    their_turn = sa.and_(
        checkin_turn.c.workspace_id == _WORKSPACE, checkin_turn.c.member_id == member_table.c.id
    )
    their_programmes = sa.and_(
        rows_of(programme_table, _WORKSPACE, state=ProgrammeState.RUNNING.value), _takes_part()
    )
    moved_to = last_move(_WORKSPACE, member_table.c.id, programme_table.c.framework_id)
    closed = programme_table.alias("closed_programme")
    was_enrolled = (
        sa.exists()
        .where(
            rows_of(enrolment_table, _WORKSPACE),
            enrolment_table.c.programme_id == closed.c.id,
            enrolment_table.c.member_id == member_table.c.id,
        )
        .correlate(closed, member_table)
    )
    has_been = sa.exists().where(
        closed.c.workspace_id == _WORKSPACE,
        closed.c.state == ProgrammeState.CLOSED.value,
        was_enrolled,
    )
    return (
        sa.select(
            member_table.c.id.label("member_id"),
            member_table.c.is_mentee,
            member_table.c.is_coordinator,
            member_table.c.state,
            member_table.c.stage,
            sa.func.coalesce(checkin_turn.c.turn, 0).label("turn"),
            has_been.correlate(member_table).label("has_been"),
            programme_table.c.id.label("programme_id"),
            programme_table.c.framework_id,
            programme_table.c.crisis_contact,
            programme_table.c.template["uses"].label("uses"),
            seat_table.c.group_id,
            seat_table.c.role.label("seat_role"),
            moved_to.label("moved_to"),
        )
        .select_from(
            member_table.outerjoin(checkin_turn, their_turn)
            .outerjoin(programme_table, their_programmes)
            .outerjoin(seat_table, _SEAT_IN_PROGRAMME)
        )
        .where(
            member_table.c.workspace_id == _WORKSPACE,
            member_table.c.slack_user_id == sa.bindparam("slack_user_id"),
        )
        .order_by(programme_table.c.starts_on.desc(), programme_table.c.id, seat_table.c.group_id)
    )


_STANDING = _standing_query()
