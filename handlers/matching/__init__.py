"""Proposals and exclusions in Slack."""

from bot.matching import exclusions
from handlers.capability import Capability
from handlers.edge.dispatch import Edge
from handlers.matching import exclusions as listeners_of_exclusions
from handlers.matching import home, listeners


def _listeners(edge: Edge) -> None:
    listeners.register(edge)
    listeners_of_exclusions.register(edge)


CAPABILITY = Capability(
    name="matching",
    listeners=_listeners,
    home=home.home,
    todos=home.TODOS,
    erase=lambda connection, member, _now: exclusions.erase(
        connection, member.workspace_id, member.id
    ),
)
