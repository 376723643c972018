"""Work that may take long: a modal says so at once, and shows what came of it in the end."""

import asyncio
from collections.abc import Awaitable, Callable

from handlers.edge.call import Call, View
from handlers.edge.errors import view_of

ACK_WITHIN_S = 2.0
"""Slack waits 3 s for the answer to a submitted form."""
UNTIL_THE_ACK_ARRIVED_S = 1.0
"""An update that overtook the answer would be replaced by it."""


async def see_through(call: Call, work: Callable[[], Awaitable[View]], *, meanwhile: View) -> None:
    """Do `work` and show the view that it gives, or why it gives none; `meanwhile` until then.

    A click is answered with `meanwhile` before the work begins, in the modal it came from or in a
    new one. A submitted form is answered with the result where that is there in time, so that
    nobody waits for nothing; else with `meanwhile`, which is updated.
    """
    if call.is_submission:
        await _answer(call, work, meanwhile)
        return
    view_id = await _show(call, meanwhile)
    await call.update(await view_of(work, of=call.action_id), view_id=view_id)


async def _show(call: Call, view: View) -> str:
    """Put `view` in the modal that the click came from, or open it; returns its id."""
    if call.view_type == "modal" and call.view_id:
        await call.update(view)
        return call.view_id
    return await call.open(view)


async def _answer(call: Call, work: Callable[[], Awaitable[View]], meanwhile: View) -> None:
    """Answer a submitted form within ACK_WITHIN_S, with the result or `meanwhile`."""
    task = asyncio.ensure_future(view_of(work, of=call.action_id))
    await asyncio.wait({task}, timeout=ACK_WITHIN_S)
    if task.done():
        await call.ack_update(task.result())
        return
    await call.ack_update(meanwhile)
    await asyncio.sleep(UNTIL_THE_ACK_ARRIVED_S)
    await call.update(await task, view_id=call.view_id)
