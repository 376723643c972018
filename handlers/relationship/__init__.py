"""How mentoring relationships are, in Slack: what Home shows and asks. It is in no message."""

from bot.kinds import ToDoKind
from bot.programme.model import Use
from bot.relationship.store import erase, has_rated
from bot.relationship.use_cases import asked, wave_of
from bot.todos import ToDo
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, ToDos, Viewer, groups_of
from handlers.relationship import listeners, views


async def home(viewer: Viewer) -> list[Block]:
    """Show the way to one's own answers, while the programme runs and after."""
    return views.home_line() if await has_rated(viewer.connection, viewer.member) else []


async def settings(viewer: Viewer) -> list[Block]:
    """Keep the way to their answers for somebody who has left."""
    return [] if viewer.member.takes_part else await home(viewer)


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find about whom a member can answer; nobody on a break is asked."""
    member, programme, now = viewer.member, viewer.programme, viewer.now
    if member.is_away(now) or wave_of(programme, now) is None:
        return []
    groups = await viewer.once(groups_of)
    found = await asked(viewer.connection, member, programme, groups=groups, now=now)
    return found.todos() if found else []


CAPABILITY = Capability(
    name="relationship",
    is_private=True,
    optional=Use.RELATIONSHIP,
    listeners=listeners.register,
    home={HomeSection.PEOPLE: home},
    looking_back={HomeSection.PEOPLE: home},
    privacy="*How mentoring is for you:* you alone; research without your name, only if you agree.",
    settings=settings,
    todos=ToDos(find=find_todos, say={ToDoKind.RATE_RELATIONSHIPS: views.rate}),
    erase=erase,
)
