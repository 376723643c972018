"""Announcements of coordinators, in the private messages of those whom they are for."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import store, use_cases
from bot.announcements.model import AnnouncementId, AnnouncementState
from bot.delivery.model import Entry, KindPolicy
from bot.kernel.errors import OperatorFacing
from bot.kinds import MessageKind
from bot.people import store as people
from bot.people.permissions import coordinates
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from handlers.announcements import form_views, listeners, views
from handlers.blocks import Block
from handlers.capability import Capability, MessageType, Viewer
from handlers.edge.services import Services
from handlers.sending.messenger import Written


async def write(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Write an announcement; nothing once it was taken back or the programme is closed."""
    its = (connection, entry.workspace_id)
    one = await store.find(*its, AnnouncementId(entry.subject_id))
    if one is None or one.state is not AnnouncementState.SENT:
        return None
    author = await people.member(*its, one.by)
    programme = await programmes.programme(*its, one.programme_id)
    if author is None or programme is None or programme.state is ProgrammeState.CLOSED:
        return None
    if not one.is_readable:
        raise OperatorFacing("an announcement cannot be opened with any key", permanent=True)
    return form_views.message(one, author, programme.name)


async def tools(viewer: Viewer) -> list[Block]:
    """Lead a coordinator to announcements."""
    return [views.tools_line()] if coordinates(viewer.member) else []


CAPABILITY = Capability(
    name="announcements",
    listeners=listeners.register,
    messages={
        MessageKind.ANNOUNCEMENT: MessageType(
            name="announcement of a coordinator",
            write=write,
            policy=KindPolicy(resend_unknown=True, counts=True),
        )
    },
    tools=tools,
    privacy="*Announcements:* each person whom they are for, and coordinators.",
    erase=use_cases.erase,
)
