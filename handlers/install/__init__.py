"""Installing and uninstalling Cairn in workspaces."""

from handlers.capability import Capability
from handlers.install.uninstalled import EVENTS

CAPABILITY = Capability(name="install", events=EVENTS)
