"""The Home tab about groups: a member's own, and a coordinator's to-dos about all."""

from bot.groups import store as seated
from bot.groups.store import todos
from bot.kinds import ToDoKind
from bot.people.model import Role
from bot.todos import ToDo
from handlers.blocks import Block, ToDoLine, escape
from handlers.capability import ToDos, Viewer
from handlers.groups import views
from handlers.groups.messages import groups_shown


async def home(viewer: Viewer) -> list[Block]:
    """Show a member their group and its people."""
    connection, member, programme = viewer.connection, viewer.member, viewer.programme
    if member.role is Role.COORDINATOR:
        return []
    if programme is None:
        return views.before_groups()
    known = await groups_shown(connection, programme, member.id)
    if member.role is not Role.MENTEE:
        return views.mentor_home(known)
    waiting = await seated.waiting_of(connection, member.workspace_id, programme.id, member.id)
    return views.mentee_home(known[0] if known else None, waiting)


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find the pairings that a coordinator should look at."""
    return await todos(viewer.connection, viewer.member, viewer.programme, viewer.now)


def resolve_conflict(todo: ToDo) -> ToDoLine:
    """Ask a coordinator to part two people who should not be in one group."""
    mentee, mentor = todo.names
    return ToDoLine(
        f"{escape(mentee)} and {escape(mentor)} are in one mentoring group and should not be: one "
        "evaluates, manages or treats the other.",
        views.move_button(mentee, todo.about),
    )


TODOS = ToDos(find=find_todos, say={ToDoKind.RESOLVE_CONFLICT: resolve_conflict})
