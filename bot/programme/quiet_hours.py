"""Say when a programme leaves its members in peace, who chose no hours of their own."""

from dataclasses import replace
from datetime import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.paces import rhythm_of
from bot.kernel.database import rows_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId, WorkspaceId
from bot.people.model import Member
from bot.people.tables import member_table
from bot.programme.model import Programme, ProgrammeState
from bot.programme.rules import QUIET_HOURS, asked_at
from bot.programme.tables import enrolment_table, programme_table
from bot.programme.use_cases import change_programme
from bot.schedule.model import Rhythm
from bot.schedule.rules import is_quiet_hour

_OPEN = [ProgrammeState.DRAFT.value, ProgrammeState.RUNNING.value]
_P, _IS_IN = programme_table.c, enrolment_table.c.member_id.is_not(None)
USUAL_COLUMNS = (
    sa.case((_IS_IN, _P.quiet_from)).label("usual_from"),
    sa.case((_IS_IN, _P.quiet_until)).label("usual_until"),
)
THE_LATEST_LAST = (_IS_IN, _P.state, _P.starts_on)
"""By state and start: the programme that runs, and started last, comes last."""


def with_usual_hours(members: sa.FromClause) -> sa.FromClause:
    """Join members with the programmes that are prepared or running, and whether they are in one.

    There are few of those: each enrolment is looked up by its whole key.
    """
    open_ones = sa.and_(
        _P.workspace_id == member_table.c.workspace_id,
        _P.state.in_(_OPEN),
    )
    theirs = sa.and_(
        enrolment_table.c.workspace_id == _P.workspace_id,
        enrolment_table.c.programme_id == _P.id,
        enrolment_table.c.member_id == member_table.c.id,
    )
    return members.outerjoin(programme_table, open_ones).outerjoin(enrolment_table, theirs)


def usual_hours_in(row: Any) -> Rhythm:
    """Read the hours of a programme in USUAL_COLUMNS; who is in none has the default."""
    if row.usual_from is None:
        return Rhythm()
    return Rhythm(quiet_from=row.usual_from, quiet_until=row.usual_until)


async def hours_of_member(connection: AsyncConnection, member: Member) -> Rhythm:
    """Give the hours that a member chose, else those of their programme."""
    own = await rhythm_of(connection, member.workspace_id, member.slack_user_id)
    if own is not None:
        return own
    query = (
        sa.select(*USUAL_COLUMNS)
        .select_from(with_usual_hours(member_table))
        .where(rows_of(member_table, member.workspace_id, id=member.id))
        .order_by(*THE_LATEST_LAST)
    )
    rows = (await connection.execute(query)).all()
    return usual_hours_in(rows[-1]) if rows else Rhythm()


async def set_quiet_hours(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId, chosen: str
) -> Programme:
    """Let a programme leave its members in peace in these hours; who chose their own keeps them.

    Raises UserFacing for hours in which the programme itself asks something.
    """
    if chosen not in QUIET_HOURS:
        raise UserFacing("Choose one of these hours.")
    first, last = (time(int(one)) for one in chosen.split("-"))

    def change(one: Programme) -> Programme:
        changed = replace(one, quiet_from=first, quiet_until=last)
        for said, at in asked_at(changed):
            if is_quiet_hour(at, Rhythm(quiet_from=first, quiet_until=last)):
                raise UserFacing(
                    f"{said} at {at:%H:%M}, which lies in these hours. Choose others, or another "
                    "time for it first: press Change something on Home."
                )
        return changed

    return await change_programme(connection, workspace_id, programme_id, change)
