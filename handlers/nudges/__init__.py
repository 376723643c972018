"""A mentor's weekly message."""

from bot.delivery.model import KindPolicy
from bot.kinds import MessageKind, ScheduleKind
from bot.nudges import store
from bot.nudges.use_cases import nudge_when_due
from handlers.capability import Capability, MessageType
from handlers.nudges import home, listeners, messages

CAPABILITY = Capability(
    name="nudges",
    listeners=listeners.register,
    messages={
        MessageKind.MENTOR_NUDGE: MessageType(
            name="weekly nudge",
            write=messages.compose_nudge,
            redraw=messages.redraw_nudge,
            policy=KindPolicy(resend_unknown=False, counts=True),
        )
    },
    duties=lambda _services: {ScheduleKind.MENTOR_NUDGE: nudge_when_due},
    home=home.home,
    erase=lambda connection, member, _now: store.erase(
        connection, member.workspace_id, member_id=member.id
    ),
)
