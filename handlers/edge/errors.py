"""The one place where a listener's failure turns into a sentence for the member.

Also in work that may take long: a modal says so at once, and shows what came of it in the end.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.kernel.commits import may_be_done, watching_commits
from bot.kernel.errors import OperatorFacing, UserFacing, origin_of
from handlers.blocks import NOTICE, View, notice, notice_message, paragraph
from handlers.edge.answers import WrongAnswer
from handlers.edge.call import Call
from handlers.edge.display import NotShown
from handlers.edge.services import Services

log = structlog.get_logger("cairn.edge")

ACK_WITHIN_S = 2.0
"""Slack waits 3 s for the answer to a submitted form."""
UNTIL_THE_ACK_ARRIVED_S = 1.0
"""An update that overtook the answer would be replaced by it."""

NOT_DONE = (
    "Sorry, something went wrong on our side and this was not done. Please try again in a minute. "
    "If it stays, give your coordinator the code {}."
)
PERHAPS_DONE = (
    "Sorry, something went wrong on our side, after this was done or in the middle of it. Look at "
    "Cairn's Home tab before you try again. If something is missing there, give your coordinator "
    "the code {}."
)
DONE = (
    "This is done. Slack did not show you so here; what you see may be from before. You find it as "
    "it is now from Cairn's Home tab."
)


def explain(
    listener: Callable[[Call, Services], Awaitable[None]],
) -> Callable[[Call, Services], Awaitable[None]]:
    """Wrap a listener so that it never raises: Bolt would drop an ack that was already given.

    A UserFacing sentence is shown to the person, a WrongAnswer beside what they filled in while the
    form is still open. Anything else is logged by type and line, without values, under an incident
    id that the person is given with an apology.
    """

    async def explained(call: Call, services: Services) -> None:
        with watching_commits():
            try:
                await listener(call, services)
            except UserFacing as problem:
                if isinstance(problem, WrongAnswer) and call.is_submission and not call.acked:
                    await call.ack_errors(problem.by_block)
                else:
                    await _show(call, problem.sentence)
            except Exception as failure:  # whoever waits reads a sentence, whatever it was
                await _show(call, _apology(failure, of=listener.__name__))

    return explained


async def _view_of(work: Callable[[], Awaitable[View]], *, of: str) -> View:
    """Do `work` of the listener `of`, and give its view, or a notice of why it failed."""
    try:
        return await work()
    except UserFacing as problem:
        return notice(problem.sentence)
    except Exception as failure:  # the form stays open for whoever waits: it says what happened
        return notice(_apology(failure, of=of))


def _apology(failure: Exception, *, of: str) -> str:
    """Log a failure by type and line, without values, and name its incident to the person.

    That something was not done is said only where nothing can have been committed on the way.
    """
    kind = type(failure).__name__
    known = failure if isinstance(failure, OperatorFacing) else OperatorFacing(kind)
    log.error(
        "listener_failed",
        incident=known.incident,
        listener=of,
        failure=kind,
        reason=failure.reason if isinstance(failure, NotShown) else None,
        source=origin_of(failure),
    )
    if not may_be_done():
        return NOT_DONE.format(known.incident)
    return DONE if isinstance(failure, NotShown) else PERHAPS_DONE.format(known.incident)


async def failure_of(work: Awaitable[object]) -> str | None:
    """See `work` through; None when it is done, else its failure by type and line, no values."""
    try:
        await work
    except Exception as failure:
        return f"{type(failure).__name__} at {origin_of(failure)}"
    return None


async def _show(call: Call, sentence: str) -> None:
    """Show `sentence` where the person is looking; what they filled in stays."""
    if call.is_submission and not call.acked:
        await call.ack_push(notice(sentence))
        return
    if call.event or call.asks_for_options:  # nobody waits for a sentence
        return
    try:
        if not await _is_laid_over(call, sentence):
            await call.tell(notice_message(sentence))
    except Exception as failure:
        log.error(  # noqa: TRY400 - a traceback's values stay out of the log
            "explanation_not_shown", failure=type(failure).__name__, source=origin_of(failure)
        )


async def _is_laid_over(call: Call, sentence: str) -> bool:
    """Lay `sentence` over the view that was clicked; False where there is none, or Slack refuses:
    a trigger is good for one view, and for three seconds."""
    if call.trigger_id is None or call.is_submission:
        return False
    try:
        if call.view_type == "modal":
            await call.push(notice(sentence))
        elif call.view_type == "home":
            await call.open(notice(sentence))
        else:
            return False
    except NotShown:
        return False
    return True


async def see_through(call: Call, work: Callable[[], Awaitable[View]], *, meanwhile: View) -> None:
    """Do `work` and show the view that it gives, or why it gives none; `meanwhile` until then.

    A click is answered with `meanwhile` before the work begins, in the modal it came from or in a
    new one. A submitted form is answered with the result where that is there in time, so that
    nobody waits for nothing; else with `meanwhile`, which is updated.
    """
    if call.is_submission:
        await _answer(call, work, meanwhile)
        return
    view_id = await call.show(meanwhile)
    await _show_result(call, await _view_of(work, of=call.action_id), view_id=view_id)


async def _answer(call: Call, work: Callable[[], Awaitable[View]], meanwhile: View) -> None:
    """Answer a submitted form within ACK_WITHIN_S, with the result or `meanwhile`."""
    task = asyncio.ensure_future(_view_of(work, of=call.action_id))
    await asyncio.wait({task}, timeout=ACK_WITHIN_S)
    if task.done():
        await call.ack_update(task.result())
        return
    await call.ack_update(meanwhile)
    await asyncio.sleep(UNTIL_THE_ACK_ARRIVED_S)
    await _show_result(call, await task, view_id=call.view_id)


async def _show_result(call: Call, view: View, *, view_id: str | None) -> None:
    """Show what came of the work; what a notice says is told where Slack does not show it."""
    try:
        await call.update(view, view_id=view_id)
    except NotShown:
        if view["callback_id"] != NOTICE:
            raise
        said, *after = view["blocks"]
        await call.tell(paragraph(said["text"]["text"], *after))


UNREADABLE = (TypeError, AttributeError, LookupError, ValueError, ArithmeticError, RecursionError)
"""The failures of Bolt and of our checks on a request of which a part is of another kind."""


class BoltApp(AsyncApp):
    """Answers a request that fails on the way to its listener, and logs where, without values.

    400 where it cannot be read: it would not get better by being sent again, as after a 500.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.error(_raise)

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        try:
            return await super().async_dispatch(req)
        except Exception as error:
            failure, source = type(error).__name__, origin_of(error)
            if isinstance(error, UNREADABLE):
                log.warning("request_unreadable", failure=failure, source=source)
                return BoltResponse(status=400)
            log.error("request_failed", failure=failure, source=source)  # noqa: TRY400 - no values
            return BoltResponse(status=500)


async def _raise(error: Exception) -> None:
    """Let a failure come out of Bolt, which would log it with its values."""
    raise error
