"""Competency stages in Slack."""

from bot.delivery.model import KindPolicy
from bot.kinds import MessageKind
from bot.stages import store
from handlers.capability import Capability, MessageType
from handlers.stages import home, listeners, messages

_MUST_ARRIVE = KindPolicy(resend_unknown=True, counts=False)

CAPABILITY = Capability(
    name="stages",
    listeners=listeners.register,
    messages={
        MessageKind.STAGE_CLAIMED: MessageType(
            name="claim of a stage", write=messages.compose_claimed, policy=_MUST_ARRIVE
        ),
        MessageKind.STAGE_ANSWERED: MessageType(
            name="answer to a claim", write=messages.compose_answered, policy=_MUST_ARRIVE
        ),
    },
    home=home.home,
    todos=home.TODOS,
    erase=lambda connection, member, _now: store.erase(
        connection, member.workspace_id, member_id=member.id
    ),
)
