"""A coordinator's to-do about the pulse: say what was done about the last one.

It lives here because the pulse itself knows neither members nor to-dos.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kinds import ToDoKind
from bot.people.model import Member
from bot.people.permissions import coordinates
from bot.programme.model import Programme
from bot.pulse.store import released, rounds
from bot.todos.model import ToDo, Weight


async def todos(
    connection: AsyncConnection, member: Member, programme: Programme | None, _now: datetime
) -> list[ToDo]:
    """Find the last round with results, while members have not heard what was done about it."""
    if programme is None or not coordinates(member):
        return []
    latest = await released.latest(connection, member.workspace_id, programme.id, limit=1)
    if not latest or await rounds.action_on(connection, latest[0].id) is not None:
        return []
    held = await rounds.held_since(connection, member.workspace_id, programme.id)
    return [
        ToDo(
            kind=ToDoKind.SAY_WHAT_WAS_DONE,
            weight=Weight.SOMEBODY_WAITS if held else Weight.IS_DUE,
            since=held or latest[0].closes_at,
            about=latest[0].id,
            what="held" if held else "",
        )
    ]
