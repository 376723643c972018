"""A coordinator's to-do: messages that could not be delivered."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.kernel.words import plural
from bot.kinds import ToDoKind
from bot.people.model import Member
from bot.people.permissions import coordinates
from bot.programme.model import Programme
from bot.todos.model import ToDo, Weight
from handlers.blocks import ToDoLine
from handlers.capability import ToDos
from handlers.edge.services import Services
from handlers.queue.views import resend_button


async def find_todos(
    _services: Services,
    connection: AsyncConnection,
    member: Member,
    _programme: Programme | None,
    now: datetime,
) -> list[ToDo]:
    """Find whether messages of the workspace could not be delivered."""
    if not coordinates(member):
        return []
    dead = await delivery.dead_letters(connection, member.workspace_id)
    if not dead:
        return []
    since = min(one.not_before for one in dead)
    kind, weight = ToDoKind.SEND_AGAIN, Weight.SOMEBODY_WAITS
    return [ToDo(kind=kind, weight=weight, since=since, count=len(dead))]


def send_again(todo: ToDo) -> ToDoLine:
    """Ask a coordinator to send again what failed."""
    return ToDoLine(
        f"{plural(todo.count, 'message')} could not be delivered. Below you read why; send "
        "again what has been put right.",
        resend_button(),
    )


TODOS = ToDos(find=find_todos, say={ToDoKind.SEND_AGAIN: send_again})
