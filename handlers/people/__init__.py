"""Members in Slack: roster, code of conduct, breaks, preferences, deletion."""

from bot.delivery.model import KindPolicy
from bot.kinds import MessageKind, ScheduleKind
from bot.people import use_cases
from handlers.capability import Capability, MessageType
from handlers.edge.dispatch import Edge
from handlers.people import erasure, home, listeners, messages, preferences

_NOTICE = KindPolicy(resend_unknown=False, counts=False)


def _listeners(edge: Edge) -> None:
    listeners.register(edge)
    erasure.register(edge)
    preferences.register(edge)


CAPABILITY = Capability(
    name="people",
    listeners=_listeners,
    events=listeners.EVENTS,
    messages={
        MessageKind.CONDUCT_INVITATION: MessageType(
            name="invitation to the code of conduct",
            write=messages.compose_invitation,
            policy=_NOTICE,
        ),
        MessageKind.WELCOME_BACK: MessageType(
            name="welcome back", write=messages.compose_welcome_back, policy=_NOTICE
        ),
    },
    duties=lambda services: {
        ScheduleKind.PAUSE_END: use_cases.end_pause,
        **erasure.duties(services),
    },
    home=home.home,
    settings=home.settings,
    todos=home.TODOS,
    erase=lambda connection, member, now: use_cases.erase(
        connection, member.workspace_id, member.id, now=now
    ),
)
