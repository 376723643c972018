"""Redraw the nudges that quote a check-in which others may not read any more."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins.model import CheckIn
from bot.errands import store as errands
from bot.errands.model import Want
from bot.groups import store as seated
from bot.nudges import use_cases as nudges
from bot.people import store as people
from bot.programme import store as programmes


async def redraw_nudges(connection: AsyncConnection, kept: CheckIn, *, now: datetime) -> int:
    """Let every nudge that may quote this check-in be drawn again; how many there are.

    Those of present mentors and of earlier ones. Call it in the transaction that changes who may
    read it.
    """
    if kept.group_id is None:  # no nudge quotes what was written outside a group
        return 0
    seats = await programmes.seats(
        connection, kept.workspace_id, kept.programme_id, group_id=kept.group_id
    )
    paired = await seated.pairings(
        connection, kept.workspace_id, kept.programme_id, with_ended=True, group_id=kept.group_id
    )
    ids = {seat.member_id for seat in seats} | {one.mentor_id for one in paired}
    mentors = await people.members(connection, kept.workspace_id, ids=list(ids))
    quoting = await nudges.told_of(
        connection, kept.workspace_id, mentors=mentors, at=kept.written_at
    )
    for entry_id in quoting:
        await errands.ask(connection, kept.workspace_id, Want.REDRAWN, place=entry_id, now=now)
    return len(quoting)
