"""The one place where a listener's failure turns into a sentence for the member.

Also in work that may take long: a modal says so at once, and shows what came of it in the end.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable

import structlog

from bot.kernel.errors import OperatorFacing, UserFacing
from handlers.blocks import View, notice, notice_message
from handlers.edge.answers import WrongAnswer
from handlers.edge.call import Call
from handlers.edge.services import Services

log = structlog.get_logger("cairn.edge")

ACK_WITHIN_S = 2.0
"""Slack waits 3 s for the answer to a submitted form."""
UNTIL_THE_ACK_ARRIVED_S = 1.0
"""An update that overtook the answer would be replaced by it."""


def explain(
    listener: Callable[[Call, Services], Awaitable[None]],
) -> Callable[[Call, Services], Awaitable[None]]:
    """Wrap a listener so that it never raises: Bolt would drop an ack that was already given.

    A UserFacing sentence is shown to the person, a WrongAnswer beside what they filled in while the
    form is still open. Anything else is logged by type and line, without values, under an incident
    id that the person is given with an apology.
    """

    async def explained(call: Call, services: Services) -> None:
        try:
            await listener(call, services)
        except UserFacing as problem:
            if isinstance(problem, WrongAnswer) and call.is_submission and not call.acked:
                await call.ack_errors(problem.by_block)
            else:
                await _show(call, problem.sentence)
        except Exception as failure:
            await _show(call, _apology(failure, of=listener.__name__))

    return explained


async def _view_of(work: Callable[[], Awaitable[View]], *, of: str) -> View:
    """Do `work` of the listener `of`, and give its view, or a notice of why it failed."""
    try:
        return await work()
    except UserFacing as problem:
        return notice(problem.sentence)
    except Exception as failure:
        return notice(_apology(failure, of=of))


def _apology(failure: Exception, *, of: str) -> str:
    """Log a failure by type and line, without values, and name its incident to the person."""
    kind = type(failure).__name__
    known = failure if isinstance(failure, OperatorFacing) else OperatorFacing(kind)
    log.error(
        "listener_failed",
        incident=known.incident,
        listener=of,
        failure=kind,
        place=_place(failure),
    )
    return (
        "Sorry, something went wrong on our side and this was not done. Please try again "
        f"in a minute. If it stays, give your coordinator the code {known.incident}."
    )


async def failure_of(work: Awaitable[object]) -> str | None:
    """See `work` through; None when it is done, else its failure by type and line, no values."""
    try:
        await work
    except Exception as failure:
        return f"{type(failure).__name__} at {_place(failure)}"
    return None


def _place(failure: BaseException) -> str:
    """Where the failure arose: file, line and function, and no value of any variable."""
    frames = traceback.extract_tb(failure.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or list(frames)
    last = ours[-1]
    return f"{last.filename.rsplit('/', 2)[-1]}:{last.lineno} {last.name}"


async def _show(call: Call, sentence: str) -> None:
    """Show `sentence` where the person is looking; what they filled in stays."""
    try:
        if call.is_submission and not call.acked:
            await call.ack_push(notice(sentence))
        elif call.view_type == "modal" and call.trigger_id and not call.is_submission:
            await call.push(notice(sentence))
        elif call.view_type == "home" and call.trigger_id:
            await call.open(notice(sentence))
        elif call.slack_user_id and not call.event:  # nobody waits for an answer to an event
            await call.tell(notice_message(sentence))
    except Exception as failure:
        log.error(  # noqa: TRY400 - a traceback's values stay out of the log
            "explanation_not_shown", failure=type(failure).__name__, place=_place(failure)
        )


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
    await call.update(await _view_of(work, of=call.action_id), view_id=view_id)


async def _answer(call: Call, work: Callable[[], Awaitable[View]], meanwhile: View) -> None:
    """Answer a submitted form within ACK_WITHIN_S, with the result or `meanwhile`."""
    task = asyncio.ensure_future(_view_of(work, of=call.action_id))
    await asyncio.wait({task}, timeout=ACK_WITHIN_S)
    if task.done():
        await call.ack_update(task.result())
        return
    await call.ack_update(meanwhile)
    await asyncio.sleep(UNTIL_THE_ACK_ARRIVED_S)
    await call.update(await task, view_id=call.view_id)
