"""What a page must fetch again, told to it while it is open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from slack_sandbox.sight import may_see
from slack_sandbox.world import Change, User, World

# Changes that come together are told together.
GATHER_S = 0.03
# A page is told at most this often, however fast the clock runs.
PAUSE_S = 0.2
PARTS = (
    "sidebar",
    "head",
    "messages",
    "thread",
    "home",
    "modal",
    "clock",
    "calls",
    "faults",
    "hints",
)
# A comment now and then, so that a closed page is noticed.
QUIET_S = 15.0


# Parts that a change makes stale wherever it happens.
_EVERYWHERE = {
    "reset": {"all"},
    "call": {"calls"},
    "fault": {"faults"},
    "clock": {"clock"},
}


def parts_of(change: Change, world: World, user: User, place: str) -> set[str]:
    """Return the parts of a person's page that a change makes stale."""
    if change.kind in _EVERYWHERE:
        return _EVERYWHERE[change.kind]
    if change.team not in (None, user.team_id):
        return set()
    if change.kind in ("view", "home", "hints"):
        part = "modal" if change.kind == "view" else change.kind
        return {part} if change.user in (None, user.id) else set()
    if change.kind in ("user", "workspace"):
        return {"sidebar", "head", "messages"}
    return _conversation(change, world, user, place)


def _conversation(change: Change, world: World, user: User, place: str) -> set[str]:
    if change.kind == "message" and change.user not in (None, user.id):
        return set()
    channel = world.channels.get(change.channel or "")
    if channel is not None and not may_see(channel, user):
        # Someone who was just taken out must see that the conversation is gone.
        return {"sidebar"} if change.user == user.id else set()
    here = {"messages", "thread", "head"} if change.channel == place else set()
    return {"sidebar"} | here


async def stream(world: World, user: User, place: str) -> AsyncIterator[str]:
    """Yield Server-Sent Events, each a JSON list of stale parts, until the page goes away."""
    gathered: set[str] = set()
    news = asyncio.Event()

    async def listen() -> None:
        async for change in world.changes.subscribe():
            gathered.update(parts_of(change, world, user, place))
            if gathered:
                news.set()
        news.set()

    listening = asyncio.create_task(listen())
    # Once the listener stands, nothing is missed; what changed while the page was on its way
    # is made good by fetching every part again.
    await asyncio.sleep(0)
    try:
        yield f"retry: 1000\ndata: {json.dumps(PARTS)}\n\n"
        while True:
            try:
                async with asyncio.timeout(QUIET_S):
                    await news.wait()
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if listening.done():
                return
            await asyncio.sleep(GATHER_S)
            news.clear()
            parts = sorted(gathered)
            gathered.clear()
            yield f"data: {json.dumps(parts)}\n\n"
            await asyncio.sleep(PAUSE_S)
    finally:
        listening.cancel()
