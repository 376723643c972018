"""My data: a member gets one file of everything that Cairn keeps about them."""

from handlers.blocks import Block
from handlers.capability import Capability, Viewer
from handlers.my_data import listeners, views


async def settings(_viewer: Viewer) -> list[Block]:
    """Offer a member their file, also after they have left."""
    return views.settings()


CAPABILITY = Capability(
    name="my_data",
    listeners=lambda edge: edge.action("my_data.get", listeners.on_get),
    settings=settings,
)
