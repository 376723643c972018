"""Delete what matching keeps about a member who is erased."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import delete_rows, rows_of
from bot.kernel.ids import MemberId, WorkspaceId
from bot.matching import exclusions
from bot.matching.exclusions import ASK_AGAIN, NO_PLACE
from bot.matching.model import (
    ANOTHER_GROUP,
    CAME_LATER,
    MENTOR_LEFT,
    TO_BE_MOVED,
    WISHES_AND_MOVED,
    WISHES_TO_MOVE,
)
from bot.matching.tables import (
    conflict_table,
    forbid_table,
    match_table,
    pairing_table,
    proposal_table,
    unseated_table,
    waitlist_table,
)
from bot.people.model import Member


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> int:
    """Delete the rows that name this member, and blank sentences that may; returns how many."""
    columns = (
        match_table.c.mentee_id,
        unseated_table.c.mentee_id,
        forbid_table.c.mentee_id,
        forbid_table.c.mentor_id,
        conflict_table.c.senior_id,
        conflict_table.c.junior_id,
        pairing_table.c.mentee_id,
        pairing_table.c.mentor_id,
        waitlist_table.c.member_id,
    )
    await exclusions.forget_in_wishes(connection, member.workspace_id, member.id)
    gone = 0
    for column in columns:
        theirs = {column.name: member.id}
        gone += await delete_rows(connection, column.table, member.workspace_id, **theirs)
    await _forget_in_drafts(connection, member.workspace_id, member.id)
    await _blank_sentences(connection, member.workspace_id)
    return gone


async def _forget_in_drafts(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> None:
    """Let no draft name a member, as a mentor or as who made or approved it."""
    for column in (proposal_table.c.made_by, proposal_table.c.decided_by, forbid_table.c.made_by):
        its = rows_of(column.table, workspace_id, **{column.name: member_id})
        await connection.execute(sa.update(column.table).where(its).values({column.name: ""}))
    named = sa.cast(match_table.c.mentor_ids, sa.String).contains(member_id, autoescape=True)
    query = sa.select(match_table).where(rows_of(match_table, workspace_id), named)
    for row in (await connection.execute(query)).all():
        left = [one for one in row.mentor_ids if one != member_id]
        its = rows_of(
            match_table, workspace_id, proposal_id=row.proposal_id, mentee_id=row.mentee_id
        )
        change = sa.update(match_table).values(mentor_ids=left) if left else sa.delete(match_table)
        await connection.execute(change.where(its))


async def _blank_sentences(connection: AsyncConnection, workspace_id: WorkspaceId) -> None:
    why_waiting = waitlist_table.c.reason.not_in(
        [CAME_LATER, MENTOR_LEFT, WISHES_TO_MOVE, TO_BE_MOVED, WISHES_AND_MOVED, ANOTHER_GROUP]
    )
    for statement in (
        sa.update(proposal_table).values(advice=[], notes=[]),
        sa.update(unseated_table).values(reason=NO_PLACE, smallest_change=ASK_AGAIN),
        sa.update(waitlist_table).where(why_waiting).values(reason=NO_PLACE),
    ):
        here = statement.table.c.workspace_id == workspace_id
        await connection.execute(statement.where(here))
