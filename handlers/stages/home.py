"""The Home tab about stages: a mentee's own, and the claims that wait for a mentor."""

from bot.kinds import ToDoKind
from bot.stages import rules
from bot.stages.store import todos
from bot.todos import ToDo
from handlers.blocks import Block, ToDoLine, button, cut, escape
from handlers.capability import ToDos, Viewer, groups_of
from handlers.stages import views
from handlers.stages.listeners import seen_in


async def home(viewer: Viewer) -> list[Block]:
    """Show a mentee their own stage."""
    member = viewer.member
    as_mentee = [each for each in await viewer.once(groups_of) if member.id in each.mentees]
    seen = await seen_in(viewer.services, viewer.connection, member, as_mentee)
    if seen is None:
        return []
    return views.home_mentee(
        seen.way.framework,
        seen.current,
        claim=rules.open_claim(seen.way.framework, seen.history),
        wants_talk=rules.wants_talk(seen.history),
    )


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find the claims that a mentor can answer."""
    return await todos(
        viewer.connection,
        viewer.member,
        await viewer.once(groups_of),
        frameworks=viewer.services.catalogue.frameworks,
    )


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
