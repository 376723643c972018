"""A coordinator's to-do about the pulse: say what was done about the last one.

It lives here because the pulse itself knows neither members nor to-dos.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kinds import ToDoKind
from bot.people.model import Member
from bot.people.permissions import coordinates
from bot.pulse import store as rounds
from bot.pulse.model import Round
from bot.todos.model import ToDo, Weight


async def todos(
    connection: AsyncConnection, member: Member, released: Sequence[Round]
) -> list[ToDo]:
    """Find whether members have heard what was done about the last of `released`, latest first."""
    if not released or not coordinates(member):
        return []
    latest = released[0]
    if await rounds.action_on(connection, latest.id) is not None:
        return []
    held = await rounds.waiting_since(connection, member.workspace_id, latest.programme_id)
    return [
        ToDo(
            kind=ToDoKind.SAY_WHAT_WAS_DONE,
            weight=Weight.SOMEBODY_WAITS if held else Weight.IS_DUE,
            since=held or latest.closes_at,
            about=latest.id,
            what="held" if held else "",
        )
    ]
