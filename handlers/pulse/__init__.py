"""The pulse in Slack: form, comments, results."""

from bot.delivery.model import KindPolicy
from bot.flows import pulse_rounds
from bot.kinds import MessageKind
from bot.pulse.use_cases import forget
from handlers.capability import Capability, MessageType
from handlers.pulse import home, listeners, messages

_COMES_AGAIN = KindPolicy(resend_unknown=False, counts=False)
_MUST_ARRIVE = KindPolicy(resend_unknown=True, counts=False)
"""Nothing of the pulse counts towards a member's weekly messages: all must get the same."""

CAPABILITY = Capability(
    name="pulse",
    listeners=listeners.register,
    messages={
        kind: MessageType(name=name, write=write, policy=policy)
        for kind, name, write, policy in (
            (
                MessageKind.PULSE_INVITATION,
                "invitation to a pulse",
                messages.compose_asking,
                _COMES_AGAIN,
            ),
            (
                MessageKind.PULSE_REMINDER,
                "reminder of a pulse",
                messages.compose_asking,
                _COMES_AGAIN,
            ),
            (MessageKind.PULSE_DIGEST, "pulse digest", messages.compose_digest, _MUST_ARRIVE),
            (MessageKind.PULSE_RESULT, "pulse result", messages.compose_result, _MUST_ARRIVE),
            (MessageKind.PULSE_VOID, "pulse without result", messages.compose_void, _MUST_ARRIVE),
            (MessageKind.PULSE_HELD, "pulse held back", messages.compose_after, _MUST_ARRIVE),
            (
                MessageKind.PULSE_ACTION,
                "what was done about a pulse",
                messages.compose_after,
                _MUST_ARRIVE,
            ),
        )
    },
    duties=lambda services: pulse_rounds.duties(listeners.means(services)),
    home=home.home,
    todos=home.TODOS,
    erase=lambda connection, member, _now: forget(
        connection, member.workspace_id, member_id=member.id
    ),
)
