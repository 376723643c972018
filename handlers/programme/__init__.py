"""Programmes in Slack: calendar, contacts, the steps to the first day."""

from bot.programme.store import remove_member
from handlers.capability import Capability
from handlers.programme import home, listeners

CAPABILITY = Capability(
    name="programme",
    listeners=listeners.register,
    home=home.home,
    todos=home.TODOS,
    erase=lambda connection, member, _now: remove_member(
        connection, member.workspace_id, member.id
    ),
)
