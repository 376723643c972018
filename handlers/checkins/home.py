"""A mentee's to-do: the check-in that is due."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins.todos import todos
from bot.kinds import ToDoKind
from bot.people.model import Member
from bot.programme.model import Programme
from bot.todos.model import ToDo
from handlers.blocks import ToDoLine, button
from handlers.capability import ToDos
from handlers.edge.services import Services


async def find_todos(
    services: Services,
    connection: AsyncConnection,
    member: Member,
    programme: Programme | None,
    now: datetime,
) -> list[ToDo]:
    """Find the check-in that a mentee was asked for and has not written."""
    return await todos(connection, member, programme, now, frameworks=services.catalogue.frameworks)


def write_checkin(_todo: ToDo) -> ToDoLine:
    """Ask a mentee for the check-in that is due."""
    return ToDoLine(
        "Your check-in is due: three short questions, and you choose who reads it.",
        button("Check in", "checkin.open", style="primary"),
    )


TODOS = ToDos(find=find_todos, say={ToDoKind.WRITE_CHECKIN: write_checkin})
