"""Mentoring groups in Slack, after their approval."""

from bot.delivery.model import KindPolicy
from bot.kinds import MessageKind
from handlers.capability import Capability, MessageType
from handlers.groups import daily_check, home, listeners, messages

_MUST_ARRIVE = KindPolicy(resend_unknown=True, counts=False)
"""Where somebody belongs must reach them: no weekly limit holds it back; doubt sends it again."""

CAPABILITY = Capability(
    name="groups",
    listeners=listeners.register,
    messages={
        kind: MessageType(name=name, write=write, policy=_MUST_ARRIVE)
        for kind, name, write in (
            (MessageKind.GROUP_INTRODUCTION, "introduction", messages.compose_introduction),
            (MessageKind.UNMATCHED_NOTICE, "news of the waitlist", messages.compose_unmatched),
            (MessageKind.SEAT_FOUND, "news of a seat", messages.compose_seat_found),
            (MessageKind.MEMBER_JOINED, "news of who joins", messages.compose_joined),
            (MessageKind.MEMBER_MOVED, "news of a move", messages.compose_moved),
            (MessageKind.MENTOR_LEFT, "news of a mentor who left", messages.compose_mentor_left),
            (MessageKind.GROUP_CONFLICT, "conflict in a group", messages.compose_conflict),
            (MessageKind.START_HELD, "start held back", messages.compose_start_held),
        )
    },
    duties=daily_check.duties,
    home=home.home,
    todos=home.TODOS,
)
