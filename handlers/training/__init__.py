"""Mentors' training: noted by coordinators, seen by each mentor of their own."""

from bot.training import store
from bot.training.use_cases import erase
from handlers.blocks import Block
from handlers.capability import Capability, Viewer
from handlers.training import listeners, views


async def tools(_viewer: Viewer) -> list[Block]:
    """Lead a coordinator to mentors' training."""
    return views.tool()


async def settings(viewer: Viewer) -> list[Block]:
    """Show a mentor the training that is noted of them."""
    me = viewer.member
    if not me.is_mentor:
        return []
    return views.own(await store.trainings(viewer.connection, me.workspace_id, of=me.id))


CAPABILITY = Capability(
    name="training",
    listeners=listeners.register,
    tools=tools,
    settings=settings,
    privacy="*Mentors' training:* coordinators, and each mentor their own.",
    erase=erase,
)
