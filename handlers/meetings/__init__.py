"""Meetings of groups, as mentors note them."""

from bot.meetings.use_cases import erase
from handlers.capability import Capability
from handlers.meetings import listeners

CAPABILITY = Capability(
    name="meetings",
    listeners=listeners.register,
    erase=lambda connection, member, _now: erase(
        connection, member.workspace_id, member_id=member.id
    ),
)
