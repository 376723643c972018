"""Say in SQL all that the form needs of a person: their seats, and what they were asked of late."""

import sqlalchemy as sa

from bot.checkins.tables import checkin_turn
from bot.kernel.database import rows_of
from bot.kinds import ScheduleKind
from bot.people.tables import member_table
from bot.programme.model import ProgrammeState
from bot.programme.tables import enrolment_table, group_table, programme_table, seat_table
from bot.schedule.tables import schedule
from bot.stages.store import last_move

_OF_MEMBER = ("department", "site", "timezone", "away_from", "back_at")
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
    their_prompt = sa.and_(
        rows_of(schedule, _WORKSPACE, kind=ScheduleKind.CHECKIN_PROMPT.value),
        schedule.c.subject_id == member_table.c.id,
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
            *(member_table.c[name] for name in _OF_MEMBER),
            sa.func.coalesce(checkin_turn.c.turn, 0).label("turn"),
            checkin_turn.c.asks,
            schedule.c.next_due_at.label("next_at"),
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
            .outerjoin(schedule, their_prompt)
            .outerjoin(programme_table, their_programmes)
            .outerjoin(seat_table, _SEAT_IN_PROGRAMME)
        )
        .where(
            member_table.c.workspace_id == _WORKSPACE,
            member_table.c.slack_user_id == sa.bindparam("slack_user_id"),
        )
        .order_by(programme_table.c.starts_on.desc(), programme_table.c.id, seat_table.c.group_id)
    )


STANDING = _standing_query()
