"""Moving the clock, for the control API and for the page."""

from __future__ import annotations

from slack_sandbox.followers import Travel
from slack_sandbox.problems import Problem
from slack_sandbox.world import World

FARTHEST_S = 100 * 365 * 86_400.0
DEFAULT_WAIT_S = 60.0


async def move_clock(
    world: World,
    *,
    advance_s: float | None = None,
    to_s: float | None = None,
    step: bool = True,
    wait_s: float = DEFAULT_WAIT_S,
) -> Travel:
    """Move the clock by ``advance_s`` or to ``to_s`` (epoch seconds), else to what is due next.

    With ``step`` it stops at whatever falls due on the way and waits, ``wait_s`` real seconds
    in all, until that is done. Problem for the past, for more than 100 years, or when nothing
    is due.
    """
    if advance_s is not None:
        if not 0 <= advance_s <= FARTHEST_S:
            raise Problem("advance_s", "Advance by 0 to 100 years, in seconds.")
        to_s = world.clock.time() + advance_s
    elif to_s is not None and to_s - world.clock.time() > FARTHEST_S:
        raise Problem("to", "That is more than 100 years ahead.")
    return await world.followers.travel(to_s, step=step, wait_s=wait_s)
