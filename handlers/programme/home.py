"""The Home tab about the programme: the steps to its first day, then how it is going."""

from bot.kinds import ToDoKind
from bot.people.model import Role
from bot.programme.groups import set_up
from bot.programme.use_cases import todos
from bot.todos import ToDo
from handlers.blocks import Block, ToDoLine, button, escape
from handlers.capability import ToDos, Viewer
from handlers.programme import views


async def home(viewer: Viewer) -> list[Block]:
    """Show a coordinator how far the programme has come; tell others when there is none."""
    programme, now = viewer.programme, viewer.now
    if viewer.member.role is Role.COORDINATOR:
        workspace_id = viewer.member.workspace_id
        counted = await set_up(viewer.connection, workspace_id, programme, now=now)
        return views.coordinator_home(programme, counted, now=now)
    return views.no_programme() if programme is None else []


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find what a coordinator can do about the programme itself."""
    return todos(viewer.member, viewer.programme, viewer.now)


def set_up_programme(_todo: ToDo) -> ToDoLine:
    """Ask a coordinator for a programme."""
    return ToDoLine(
        "Set up the programme: choose how long it runs and when.",
        button("Set it up", "programme.edit", style="primary"),
    )


def name_contacts(todo: ToDo) -> ToDoLine:
    """Ask a coordinator for the contacts without which no programme starts."""
    return ToDoLine(
        "Name a crisis contact and one for concerns. The programme cannot start without them.",
        button(
            "Name them",
            "programme.contacts",
            value=todo.about,
            style="primary",
            spoken="Name the crisis contact and the contact for concerns",
        ),
    )


def close_programme(todo: ToDo) -> ToDoLine:
    """Ask a coordinator to close a programme whose last week has passed."""
    return ToDoLine(
        f"The last week of {escape(todo.what)} has passed. Say goodbye to everybody, then close "
        "it.",
        views.close_button(todo.about),
    )


TODOS = ToDos(
    find=find_todos,
    say={
        ToDoKind.SET_UP_PROGRAMME: set_up_programme,
        ToDoKind.NAME_CONTACTS: name_contacts,
        ToDoKind.CLOSE_PROGRAMME: close_programme,
    },
)
