"""Check-ins in Slack."""

from bot.checkins import store
from bot.checkins.use_cases import prompt_when_due
from bot.delivery.model import KindPolicy
from bot.kinds import MessageKind, ScheduleKind
from handlers.capability import Capability, MessageType
from handlers.checkins import home, listeners, messages

CAPABILITY = Capability(
    name="checkins",
    listeners=listeners.register,
    messages={
        MessageKind.CHECKIN_PROMPT: MessageType(
            name="prompt for a check-in",
            write=messages.compose_prompt,
            policy=KindPolicy(resend_unknown=False, counts=True),
        ),
        MessageKind.CHECKIN_SHARED: MessageType(
            name="check-in shared with a group",
            write=messages.compose_shared,
            policy=KindPolicy(resend_unknown=True, counts=False),
        ),
    },
    duties=lambda _services: {ScheduleKind.CHECKIN_PROMPT: prompt_when_due},
    home=home.home,
    todos=home.TODOS,
    erase=lambda connection, member, _now: store.erase(
        connection, member.workspace_id, member_id=member.id
    ),
)
