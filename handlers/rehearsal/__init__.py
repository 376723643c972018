"""The rehearsal in Slack: what everybody would get, before anything is sent."""

from bot.programme.model import ProgrammeState
from handlers.blocks import Block
from handlers.capability import Capability, Viewer
from handlers.rehearsal import listeners, views


async def tools(viewer: Viewer) -> list[Block]:
    """Lead to the rehearsal of a programme that is prepared."""
    programme = viewer.programme or viewer.shown
    if programme is None or programme.state is not ProgrammeState.DRAFT:
        return []
    return [views.tools_line()]


CAPABILITY = Capability(
    name="rehearsal",
    listeners=listeners.register,
    tools=tools,
)
