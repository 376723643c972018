"""A mentor's to-dos: claims that wait for an answer."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kinds import ToDoKind
from bot.people.model import Member
from bot.programme.model import Programme
from bot.stages.todos import todos
from bot.todos.model import ToDo
from handlers.blocks import ToDoLine, button, cut, escape
from handlers.capability import ToDos
from handlers.edge.services import Services


async def find_todos(
    services: Services,
    connection: AsyncConnection,
    member: Member,
    _programme: Programme | None,
    _now: datetime,
) -> list[ToDo]:
    """Find the claims that a mentor can answer."""
    return await todos(connection, member, frameworks=services.catalogue.frameworks)


def answer_claim(todo: ToDo) -> ToDoLine:
    """Ask a mentor to answer a claim."""
    [name] = todo.names
    return ToDoLine(
        f"{escape(cut(name, 80))} claims *{escape(todo.what)}* and waits for your answer.",
        button(
            "Read and answer",
            "stage.read",
            value=todo.about,
            style="primary",
            spoken=f"Read and answer the claim of {name}",
        ),
    )


TODOS = ToDos(find=find_todos, say={ToDoKind.ANSWER_CLAIM: answer_claim})
