"""What could not be delivered, shown to coordinators."""

from handlers.capability import Capability
from handlers.queue import home, listeners

CAPABILITY = Capability(
    name="queue",
    listeners=listeners.register,
    home=home.home,
    todos=home.TODOS,
)
