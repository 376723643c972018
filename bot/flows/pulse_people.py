"""Find the people of a pulse round: those it asks, and those of them who read its digest."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.ids import MemberId
from bot.people import store as people
from bot.people.model import Role
from bot.programme import store as programmes
from bot.programme.model import Programme
from bot.pulse import store as kept
from bot.pulse.model import CellId, Eligible, RoundKey


async def mentees_to_ask(
    connection: AsyncConnection, programme: Programme, *, now: datetime
) -> list[Eligible]:
    """Find the present mentees to ask, coordinators aside, each with the group they count in."""
    seats = await programmes.seats(
        connection, programme.workspace_id, programme.id, role=Role.MENTEE
    )
    cell_of = {seat.member_id: CellId(seat.group_id) for seat in reversed(seats)}
    known = await people.members(connection, programme.workspace_id, ids=list(cell_of))
    return [
        Eligible(member.id, cell_of[member.id], account=member.slack_user_id)
        for member in known
        if not member.is_coordinator and not member.is_away(now)
    ]


async def readers_among(connection: AsyncConnection, round_: RoundKey) -> list[MemberId]:
    """Find the people of a round who read its digest by now: they coordinate."""
    asked = list(await kept.cells_of(connection, round_.id))
    found = await people.members(connection, round_.workspace_id, ids=asked)
    return [member.id for member in found if member.is_coordinator]
