"""A mentor's weekly message."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import KindPolicy
from bot.kinds import MessageKind, ScheduleKind
from bot.meetings import store as meetings
from bot.nudges import store
from bot.nudges.use_cases import nudge_when_due
from bot.people.model import Member
from handlers.capability import Capability, MessageType
from handlers.nudges import home, listeners


async def _forget(connection: AsyncConnection, member: Member, _now: datetime) -> None:
    for room in (meetings, store):
        await room.erase(connection, member.workspace_id, member_id=member.id)


CAPABILITY = Capability(
    name="nudges",
    listeners=listeners.register,
    messages={
        MessageKind.MENTOR_NUDGE: MessageType(
            name="weekly nudge",
            write=listeners.compose_nudge,
            redraw=listeners.redraw_nudge,
            policy=KindPolicy(resend_unknown=False, counts=True),
        )
    },
    duties=lambda _services: {ScheduleKind.MENTOR_NUDGE: nudge_when_due},
    home=home.home,
    erase=_forget,
)
