"""Show something in Slack, again where Slack is only busy, and know when it was not shown."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bot.kernel.ports import Paused, Refused
from handlers.edge.clients import CALL_FAILURES, send_failure

PAUSES_S = (1.0, 3.0)
"""Before the second and the third attempt; somebody looks at the screen meanwhile."""
WORTH_WAITING_S = 5.0
"""Somebody who looks at a form is not let wait longer, when Slack asks for that or is silent."""


class NotShown(Exception):
    """Slack did not show a view or a message, which undoes nothing.

    `reason` is Slack's word, or ours.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def shown(draw: Callable[[], Awaitable[Any]], *, again: bool = False) -> Any:
    """Let Slack show something, up to three times with `again`: where once more does no harm.

    Raises NotShown.
    """
    pauses_s = list(PAUSES_S if again else ())
    while True:
        try:
            async with asyncio.timeout(WORTH_WAITING_S):
                return await draw()
        except CALL_FAILURES as failure:
            known = send_failure(failure)
        asked_s = known.retry_after.total_seconds() if isinstance(known, Paused) else 0.0
        if isinstance(known, Refused) or not pauses_s or asked_s > WORTH_WAITING_S:
            raise NotShown(known.reason)
        await asyncio.sleep(max(asked_s, pauses_s.pop(0)))
