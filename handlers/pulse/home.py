"""A coordinator's to-do about the pulse."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.pulse_todos import todos
from bot.kinds import ToDoKind
from bot.people.model import Member
from bot.programme.model import Programme
from bot.todos.model import ToDo
from handlers.blocks import ToDoLine, button
from handlers.capability import ToDos
from handlers.edge.services import Services


async def find_todos(
    _services: Services,
    connection: AsyncConnection,
    member: Member,
    programme: Programme | None,
    now: datetime,
) -> list[ToDo]:
    """Find the pulse about which members have not heard what was done."""
    return await todos(connection, member, programme, now)


def say_what_was_done(todo: ToDo) -> ToDoLine:
    """Ask a coordinator what was done about the last pulse."""
    waits = " The next pulse is due and waits for it." if todo.what else ""
    return ToDoLine(
        f"Members have not heard what was done about the last pulse.{waits}",
        button("Say what was done", "pulse.tell", value=todo.about, style="primary"),
    )


TODOS = ToDos(find=find_todos, say={ToDoKind.SAY_WHAT_WAS_DONE: say_what_was_done})
