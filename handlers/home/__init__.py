"""The Home tab: drawn from what every capability says."""

from handlers.capability import Capability
from handlers.edge.dispatch import Edge
from handlers.home import tab


def _listeners(edge: Edge) -> None:
    edge.event("app_home_opened", tab.on_opened)


CAPABILITY = Capability(name="home", listeners=_listeners)
