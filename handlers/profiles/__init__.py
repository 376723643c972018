"""Profiles in Slack: written before the matching, read by the people of a group."""

from bot.kinds import ToDoKind
from bot.people.model import PAIRED
from bot.people.permissions import coordinates
from bot.profiles import store, use_cases
from bot.programme.model import ProgrammeState, Use
from bot.todos import ToDo
from handlers.blocks import Block
from handlers.capability import Capability, ToDos, Viewer, groups_of
from handlers.profiles import listeners, views


async def introduced(viewer: Viewer) -> list[tuple[str, str]]:
    """Find the groups whose people know of a member, by id and name: for `Viewer.once`."""
    groups = [(one.group_id, one.group_name) for one in await viewer.once(groups_of)]
    return [*await use_cases.introduced_groups(viewer.connection, viewer.member, groups)]


async def home(viewer: Viewer) -> list[Block]:
    """Lead to the people of one's group; tell a coordinator how many profiles there are."""
    blocks = views.people_buttons(await viewer.once(introduced))
    programme, member = viewer.programme, viewer.member
    if programme and programme.state is ProgrammeState.DRAFT and coordinates(member):
        blocks += views.prepared(*await store.count_written(viewer.connection, member.workspace_id))
    return blocks


async def settings(viewer: Viewer) -> list[Block]:
    """Give a member the buttons that change their profile and wishes."""
    member = viewer.member
    return views.settings() if member.takes_part and member.roles & PAIRED else []


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find whether a member should write their profile."""
    is_introduced = bool(await viewer.once(introduced))
    return await use_cases.todos(
        viewer.connection, viewer.member, is_introduced=is_introduced, now=viewer.now
    )


CAPABILITY = Capability(
    name="profiles",
    optional=Use.PROFILE,
    listeners=listeners.register,
    home=home,
    settings=settings,
    todos=ToDos(find=find_todos, say={ToDoKind.WRITE_PROFILE: views.write_profile}),
    erase=store.erase,
)
