"""The messages about membership, written at the moment they are sent."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry
from bot.kernel.ids import MemberId
from bot.kernel.ports import Message
from bot.people import store as people
from handlers.edge.services import Services
from handlers.people import views


async def compose_invitation(
    services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    """The invitation to accept the code of conduct; None once it is accepted."""
    member = await people.member(connection, entry.workspace_id, MemberId(entry.subject_id))
    if member is None or member.has_accepted_conduct or member.is_away(services.clock.now()):
        return None
    return views.conduct_invitation(member)


async def compose_welcome_back(
    services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    """The message at the end of a break; None for somebody who is away again."""
    member = await people.member(connection, entry.workspace_id, MemberId(entry.subject_id))
    if member is None or member.is_away(services.clock.now()):
        return None
    return views.welcome_back(member)
