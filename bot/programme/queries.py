"""Say in SQL which programme: the one with an id, or somebody's latest; each is built once."""

from typing import Any

import sqlalchemy as sa

from bot.kernel.database import rows_of
from bot.people.tables import member_table
from bot.programme.tables import enrolment_table, group_table, programme_table, seat_table
from bot.schedule.tables import time_off

_BREAKS = (
    sa.select(time_off.c.breaks)
    .where(time_off.c.workspace_id == programme_table.c.workspace_id, time_off.c.moves)
    .scalar_subquery()
)
PROGRAMME = sa.select(programme_table, _BREAKS.label("breaks"))
_HERE = sa.bindparam("here", type_=sa.String)
THIS_PROGRAMME = PROGRAMME.where(
    rows_of(programme_table, _HERE, id=sa.bindparam("programme", type_=sa.String))
)


def _programmes_of(member_id: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Select the programmes of some states in which somebody has a seat or is enrolled."""
    its_groups = sa.and_(
        group_table.c.workspace_id == seat_table.c.workspace_id,
        group_table.c.id == seat_table.c.group_id,
        group_table.c.programme_id == programme_table.c.id,
    )
    seated = sa.exists().where(rows_of(seat_table, _HERE, member_id=member_id), its_groups)
    enrolled = sa.exists().where(
        rows_of(enrolment_table, _HERE, member_id=member_id),
        enrolment_table.c.programme_id == programme_table.c.id,
    )
    states = programme_table.c.state.in_(sa.bindparam("states", expanding=True))
    return (
        PROGRAMME.where(rows_of(programme_table, _HERE), states)
        .where(sa.or_(seated, enrolled))
        .order_by(
            programme_table.c.state != sa.bindparam("first_state", type_=sa.String),
            programme_table.c.starts_on.desc(),
            programme_table.c.id,
        )
        .limit(1)
    )


OF_MEMBER = _programmes_of(sa.bindparam("whose", type_=sa.String))
OF_ACCOUNT = _programmes_of(
    sa.select(member_table.c.id)
    .where(rows_of(member_table, _HERE, slack_user_id=sa.bindparam("whose", type_=sa.String)))
    .scalar_subquery()
)
