"""Take an import of people back in every room that keeps something about new members."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import delete_rows, portions, rows_of
from bot.kernel.ids import MemberId, WorkspaceId
from bot.matching.tables import conflict_table, forbid_table, veto_table, waitlist_table
from bot.people import roster_import
from bot.people.roster_import import TakenBack
from bot.programme.tables import enrolment_table, seat_table

_DONE_SINCE: Sequence[sa.Column[str]] = (
    veto_table.c.member_id,
    veto_table.c.avoided_id,
    conflict_table.c.senior_id,
    conflict_table.c.junior_id,
    forbid_table.c.mentee_id,
    forbid_table.c.mentor_id,
    seat_table.c.member_id,
)
"""Where somebody is named about whom something was done since they came."""


async def take_back_import(
    connection: AsyncConnection, workspace_id: WorkspaceId, import_id: str, *, now: datetime
) -> TakenBack:
    """Take the last import back, see `roster_import.take_back`; whom it added is in no programme.

    Who has a seat, or has wishes or conflicts on record, stays. Raises UserFacing.
    """
    active: set[MemberId] = set()
    for column in _DONE_SINCE:
        query = sa.select(column).where(rows_of(column.table, workspace_id)).distinct()
        active.update(map(MemberId, (await connection.execute(query)).scalars()))
    done = await roster_import.take_back(
        connection, workspace_id, import_id, now=now, active=active
    )
    for some in portions([one.id for one in done.removed]):
        await delete_rows(connection, waitlist_table, workspace_id, member_id=list(some))
        await delete_rows(connection, enrolment_table, workspace_id, member_id=list(some))
    return done
