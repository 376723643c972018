"""Programmes in Slack: calendar, contacts, the steps to the first day."""

from bot.programme.use_cases import erase
from handlers.capability import Capability
from handlers.programme import home, listeners

CAPABILITY = Capability(
    name="programme",
    listeners=listeners.register,
    home=home.home,
    todos=home.TODOS,
    erase=lambda connection, member, _now: erase(connection, member.workspace_id, member.id),
)
