"""Who asks for the form: everything it needs, in one query, so that it opens in time."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins.model import ProgrammeSeat, Writer
from bot.checkins.tables import checkin_turn
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people.model import MemberState, Role
from bot.people.tables import member_table
from bot.programme.model import ProgrammeState
from bot.programme.tables import enrolment_table, group_table, programme_table, seat_table
from bot.stages.store import last_move


async def writer_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, slack_user_id: SlackUserId
) -> Writer | None:
    """All that the form needs of this person, in a single query; None for somebody unknown.

    Places are those in running programmes, the latest start first, then by group id.
    """
    parameters = {"workspace": workspace_id, "slack_user_id": slack_user_id}
    rows = (await connection.execute(_STANDING, parameters)).all()
    if not rows:
        return None
    first = rows[0]
    return Writer(
        member_id=first.member_id,
        role=Role(first.role),
        state=MemberState(first.state),
        initial_stage=first.stage,
        turn=first.turn,
        places=tuple(_place(row) for row in rows if row.programme_id),
    )


def _place(row: sa.Row[tuple[object, ...]]) -> ProgrammeSeat:
    return ProgrammeSeat(
        programme_id=row.programme_id,
        framework_id=row.framework_id,
        crisis_contact=row.crisis_contact,
        group_id=row.group_id,
        seat_role=Role(row.seat_role) if row.seat_role else None,
        moved_to=row.moved_to,
    )


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
        checkin_turn.c.workspace_id == _WORKSPACE,
        checkin_turn.c.member_id == member_table.c.id,
    )
    their_programmes = sa.and_(
        programme_table.c.workspace_id == _WORKSPACE,
        programme_table.c.state == ProgrammeState.RUNNING.value,
        _takes_part(),
    )
    moved_to = last_move(_WORKSPACE, member_table.c.id, programme_table.c.framework_id)
    return (
        sa.select(
            member_table.c.id.label("member_id"),
            member_table.c.role,
            member_table.c.state,
            member_table.c.stage,
            sa.func.coalesce(checkin_turn.c.turn, 0).label("turn"),
            programme_table.c.id.label("programme_id"),
            programme_table.c.framework_id,
            programme_table.c.crisis_contact,
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
