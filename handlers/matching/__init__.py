"""Proposals and exclusions in Slack."""

from bot.matching.exclusions import erase
from handlers.capability import Capability
from handlers.edge.dispatch import Edge
from handlers.matching import exclusions, home, listeners


def _listeners(edge: Edge) -> None:
    listeners.register(edge)
    exclusions.register(edge)


CAPABILITY = Capability(
    name="matching",
    listeners=_listeners,
    home=home.home,
    todos=home.TODOS,
    erase=lambda connection, member, _now: erase(connection, member.workspace_id, member.id),
)
