"""How mentoring relationships are, in Slack: what Home shows and asks. It is in no message."""

from bot.kinds import ToDoKind
from bot.programme.model import Use
from bot.relationship.store import erase, has_rated
from bot.relationship.use_cases import Asked, asked, wave_of
from bot.todos import ToDo
from handlers.blocks import Block
from handlers.capability import Capability, ToDos, Viewer, groups_of
from handlers.relationship import listeners, views


async def _asked(viewer: Viewer) -> Asked | None:
    if wave_of(viewer.programme, viewer.now) is None:
        return None
    groups = await viewer.once(groups_of)
    return await asked(
        viewer.connection, viewer.member, viewer.programme, groups=groups, now=viewer.now
    )


async def home(viewer: Viewer) -> list[Block]:
    """Show the way to one's own answers, once there are some or a wave is open."""
    if await viewer.once(_asked) or await has_rated(viewer.connection, viewer.member):
        return views.home_line()
    return []


async def looking_back(viewer: Viewer) -> list[Block]:
    """Show the way to one's own answers after the programme has ended."""
    return views.home_line() if await has_rated(viewer.connection, viewer.member) else []


async def settings(viewer: Viewer) -> list[Block]:
    """Keep the way to their answers for somebody who has left."""
    return [] if viewer.member.takes_part else await looking_back(viewer)


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find about whom a member can answer; nobody on a break is asked."""
    if viewer.member.is_away(viewer.now):
        return []
    found = await viewer.once(_asked)
    return found.todos() if found else []


CAPABILITY = Capability(
    name="relationship",
    optional=Use.RELATIONSHIP,
    listeners=listeners.register,
    home=home,
    looking_back=looking_back,
    settings=settings,
    todos=ToDos(find=find_todos, say={ToDoKind.RATE_RELATIONSHIPS: views.rate}),
    erase=erase,
)
