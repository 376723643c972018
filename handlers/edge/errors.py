"""The one place where a listener's failure turns into a sentence for the member."""

import traceback
from collections.abc import Awaitable, Callable

import structlog

from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ports import Message
from handlers.blocks import notice, notice_message
from handlers.edge.call import Call
from handlers.edge.services import Services

log = structlog.get_logger("cairn.edge")


def explain(
    listener: Callable[[Call, Services], Awaitable[None]],
) -> Callable[[Call, Services], Awaitable[None]]:
    """The same listener, which never raises: Bolt would drop an ack that was already given.

    A UserFacing sentence is shown to the person. Anything else is logged by type and place,
    without values, under an incident id that the person is given with an apology.
    """

    async def explained(call: Call, services: Services) -> None:
        try:
            await listener(call, services)
        except UserFacing as problem:
            await _show(call, problem.sentence)
        except Exception as failure:
            known = failure if isinstance(failure, OperatorFacing) else _as_incident(failure)
            log.error(  # noqa: TRY400 - a traceback's values stay out of the log
                "listener_failed",
                incident=known.incident,
                listener=listener.__name__,
                failure=type(failure).__name__,
                place=_place(failure),
            )
            await _show(
                call,
                "Sorry, something went wrong on our side and this was not done. Please try again "
                f"in a minute. If it stays, give your coordinator the code {known.incident}.",
            )

    return explained


async def failure_of(work: Awaitable[object]) -> str | None:
    """See `work` through; None when it is done, else its failure by type and place, no values."""
    try:
        await work
    except Exception as failure:
        return f"{type(failure).__name__} at {_place(failure)}"
    return None


def _as_incident(failure: Exception) -> OperatorFacing:
    return OperatorFacing(type(failure).__name__)


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
            await call.tell(Message(sentence, notice_message(sentence).blocks))
    except Exception as failure:
        log.error(  # noqa: TRY400 - a traceback's values stay out of the log
            "explanation_not_shown", failure=type(failure).__name__, place=_place(failure)
        )
