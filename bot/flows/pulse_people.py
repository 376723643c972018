"""Find the people of a pulse round: those it asks, and those of them who read its digest."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups.joining import met_before, told_later
from bot.kernel.ids import GroupId, MemberId
from bot.people import store as people
from bot.people.model import Role
from bot.programme import store as programmes
from bot.programme.model import Programme
from bot.pulse import store as kept
from bot.pulse.model import CellId, Eligible, RoundKey


async def mentees_to_ask(
    connection: AsyncConnection, programme: Programme, *, now: datetime
) -> list[Eligible]:
    """Find the present mentees to ask, coordinators aside, each with the group they count in.

    Somebody of whom their group has not heard yet is not asked: the others read who is. A group
    that knows each other is, also in the day before its new mentor is introduced.
    """
    workspace_id = programme.workspace_id
    seats = await programmes.seats(connection, workspace_id, programme.id, role=Role.MENTEE)
    sitting: dict[GroupId, list[MemberId]] = {}
    for seat in seats:
        sitting.setdefault(seat.group_id, []).append(seat.member_id)
    later = await told_later(connection, workspace_id, sitting)
    known = await met_before(connection, programme) if any(later.values()) else set()
    cell_of = {
        seat.member_id: CellId(seat.group_id)
        for seat in reversed(seats)
        if seat.member_id not in later[seat.group_id] or (seat.group_id, seat.member_id) in known
    }
    asked = await people.members(connection, workspace_id, ids=list(cell_of))
    return [
        Eligible(member.id, cell_of[member.id], account=member.slack_user_id)
        for member in asked
        if not member.is_coordinator and not member.is_away(now)
    ]


async def readers_among(connection: AsyncConnection, round_: RoundKey) -> list[MemberId]:
    """Find the people of a round who read its digest by now: they coordinate."""
    asked = list(await kept.cells_of(connection, round_.id))
    found = await people.members(connection, round_.workspace_id, ids=asked)
    return [member.id for member in found if member.is_coordinator]
