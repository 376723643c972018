"""The control API under ``/_sandbox/``: how tests and the demo play the world."""

from __future__ import annotations

from starlette.routing import BaseRoute

from slack_sandbox.control import acting, reading, setting, timing
from slack_sandbox.control.wire import not_found_routes
from slack_sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """Return every route; an unknown path is answered in JSON too."""
    return [
        *acting.routes(world),
        *reading.routes(world),
        *setting.routes(world),
        *timing.routes(world),
        *not_found_routes(),
    ]
