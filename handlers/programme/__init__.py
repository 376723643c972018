"""Programmes in Slack: what Home shows a coordinator from the set-up to the close."""

from bot.kinds import ToDoKind
from bot.programme.groups import set_up
from bot.programme.store import remove_member
from bot.programme.use_cases import todos
from bot.todos import ToDo
from handlers.blocks import Block
from handlers.capability import Capability, ToDos, Viewer
from handlers.programme import listeners, views


async def home(viewer: Viewer) -> list[Block]:
    """Show a coordinator how far the programme has come; tell others when there is none."""
    programme, now = viewer.programme, viewer.now
    if viewer.member.is_coordinator:
        workspace_id = viewer.member.workspace_id
        counted = await set_up(viewer.connection, workspace_id, programme, now=now)
        return views.coordinator_home(programme, counted, now=now)
    return views.no_programme() if programme is None else []


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find what a coordinator can do about the programme itself."""
    return todos(viewer.member, viewer.programme, viewer.now)


CAPABILITY = Capability(
    name="programme",
    listeners=listeners.register,
    home=home,
    todos=ToDos(
        find=find_todos,
        say={
            ToDoKind.SET_UP_PROGRAMME: views.set_up_programme,
            ToDoKind.NAME_CONTACTS: views.name_contacts,
            ToDoKind.CLOSE_PROGRAMME: views.close_programme,
        },
    ),
    erase=lambda connection, member, _now: remove_member(
        connection, member.workspace_id, member.id
    ),
)
