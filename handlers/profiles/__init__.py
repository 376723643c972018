"""Profiles in Slack: written before the matching, read by the people of a group."""

from bot.kinds import ToDoKind
from bot.people.model import PAIRED
from bot.people.permissions import coordinates
from bot.profiles import store, use_cases
from bot.programme.model import ProgrammeState, Use
from bot.todos import ToDo
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, ToDos, Viewer, seating
from handlers.profiles import listeners, views


async def home(viewer: Viewer) -> list[Block]:
    """Tell a coordinator, before the start, how many profiles there are."""
    programme, member = viewer.programme, viewer.member
    if programme is None or programme.state is not ProgrammeState.DRAFT or not coordinates(member):
        return []
    return views.prepared(*await store.count_written(viewer.connection, member.workspace_id))


async def settings(viewer: Viewer) -> list[Block]:
    """Give a member the buttons that change their profile and wishes."""
    member = viewer.member
    return views.settings() if member.takes_part and member.roles & PAIRED else []


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find whether a member should write their profile."""
    seats = await viewer.once(seating)
    is_introduced = any(viewer.member.id not in seats.later[group.id] for group, _ in seats.groups)
    return await use_cases.todos(
        viewer.connection, viewer.member, is_introduced=is_introduced, now=viewer.now
    )


CAPABILITY = Capability(
    name="profiles",
    optional=Use.PROFILE,
    listeners=listeners.register,
    home={HomeSection.TOP: home},
    settings=settings,
    privacy=(
        "*Profile:* the people of your group, once you are introduced. Whom you would like to be "
        "with: coordinators."
    ),
    todos=ToDos(find=find_todos, say={ToDoKind.WRITE_PROFILE: views.write_profile}),
    erase=store.erase,
)
