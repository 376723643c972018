"""Answer people in Cairn's Messages tab, and read the words after `/checkin`."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import use_cases
from bot.delivery.model import Entry, KindPolicy
from bot.kernel.ids import SlackUserId
from bot.kinds import MessageKind
from handlers.capability import Capability, MessageType
from handlers.conversation import listeners, views
from handlers.edge.services import Services
from handlers.sending.messenger import Written


async def write_answer(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Answer by what the writer is to Cairn when the answer goes."""
    who = SlackUserId(entry.subject_id)
    now = services.clock.now()
    seen = await use_cases.correspondent(connection, entry.workspace_id, who, now=now)
    return views.answer(seen, now=now)


CAPABILITY = Capability(
    name="conversation",
    listeners=listeners.register,
    events=listeners.EVENTS,
    messages={
        MessageKind.CONVERSATION_ANSWER: MessageType(
            name="answer to who writes",
            write=write_answer,
            policy=KindPolicy(resend_unknown=False, counts=False),
        ),
    },
    erase=use_cases.erase,
)
