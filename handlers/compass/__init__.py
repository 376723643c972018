"""The compass in Slack: what Home shows of it and asks. It is in no message."""

from bot.compass.store import erase
from bot.compass.use_cases import CompassState, state_of
from bot.kinds import ToDoKind
from bot.programme.model import Use
from bot.todos import ToDo
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, ToDos, Viewer
from handlers.compass import listeners, views


async def _state(viewer: Viewer) -> CompassState:
    return await state_of(viewer.connection, viewer.member, viewer.programme, viewer.now)


async def home(viewer: Viewer) -> list[Block]:
    """Say in a line that a mentee has a compass, or can write one; never a word of it."""
    if not viewer.member.is_mentee or viewer.programme is None:
        return []
    state = await viewer.once(_state)
    if state.written:
        return views.home_line(state.written[-1].written_at, tz=viewer.member.timezone)
    return [] if state.due else views.home_empty()


async def looking_back(viewer: Viewer) -> list[Block]:
    """Show the way to the compass of a programme that has ended."""
    written = (await viewer.once(_state)).written
    return views.home_line(written[-1].written_at, tz=viewer.member.timezone) if written else []


async def settings(viewer: Viewer) -> list[Block]:
    """Keep the way to a compass for its author who has left."""
    return [] if viewer.member.takes_part else await looking_back(viewer)


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find whether a mentee is to write their compass or look at it again."""
    if not viewer.member.is_mentee or viewer.programme is None:
        return []
    return (await viewer.once(_state)).todos()


CAPABILITY = Capability(
    name="compass",
    optional=Use.COMPASS,
    listeners=listeners.register,
    home={HomeSection.PATH: home},
    looking_back={HomeSection.PATH: looking_back},
    privacy="*Compass:* you alone.",
    settings=settings,
    todos=ToDos(
        find=find_todos,
        say={
            ToDoKind.WRITE_COMPASS: views.write_compass,
            ToDoKind.LOOK_AT_COMPASS_AGAIN: views.look_again,
        },
    ),
    erase=erase,
)
