"""Changes of a programme on the way, for a coordinator: seen first, then done, then undone."""

from bot.course.store import forget_member
from bot.programme.model import ProgrammeState
from handlers.blocks import Block
from handlers.capability import Capability, Viewer
from handlers.course import listeners, views


async def tools(viewer: Viewer) -> list[Block]:
    """Lead to what can be changed, and to the calendar, once there is a programme."""
    programme = viewer.programme or viewer.shown
    if programme is None or programme.state is ProgrammeState.CLOSED:
        return []
    return views.tool(programme)


CAPABILITY = Capability(
    name="course",
    listeners=listeners.register,
    tools=tools,
    erase=lambda connection, member, _now: forget_member(
        connection, member.workspace_id, member.id
    ),
)
