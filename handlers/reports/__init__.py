"""Reports about a programme, for coordinators to hand on."""

from handlers.blocks import Block
from handlers.capability import Capability, Viewer
from handlers.reports import listeners, views


async def tools(_viewer: Viewer) -> list[Block]:
    """Offer reports to a coordinator."""
    return views.tool()


CAPABILITY = Capability(
    name="reports",
    listeners=listeners.register,
    tools=tools,
    privacy="*Reports:* coordinators make them of counts; nothing in one is about a single person.",
)
