"""Wait for Slack and for the database at the start, and tell what passes from what must be fixed.

What passes is asked again, for as long as it takes, and said in one sentence: too many requests, a
fault of theirs, a proxy's page in place of an answer, silence, a network that is away. What
somebody must correct ends the start at once, also in one sentence.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.delivery.reasons import MISSING_SCOPE, TOKEN_REFUSED
from bot.kernel.errors import OperatorFacing
from bot.kernel.ports import Paused, Refused
from handlers.edge.clients import send_failure

log = structlog.get_logger("cairn.process")

Answer = TypeVar("Answer")
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
TOLD_AGAIN_S = 600.0
"""A cause that stays is said again after so long."""
LOOK_IT_UP = "docs.slack.dev/reference/methods/auth.test says what that means"
UNREADABLE = (AttributeError, TypeError, ValueError, LookupError)
"""The ends of Slack's client with an answer that is not Slack's."""


class SlackIsBusy(OperatorFacing):
    """Slack cannot answer for now, which says nothing about a token.

    `wait` is how long it asked to be left alone, if it did.
    """

    def __init__(self, sentence: str, wait: timedelta | None = None) -> None:
        super().__init__(sentence)
        self.wait = wait


async def ask_slack(
    asked: Awaitable[AsyncSlackResponse], *, token: str, remedy: str
) -> AsyncSlackResponse:
    """Ask Slack something with the setting `token`.

    Raises SlackIsBusy for what may pass, and OperatorFacing (permanent) for what must be fixed:
    with `remedy` where the token is to blame.
    """
    try:
        answer = await asked
        answer.get("ok")
    except SlackApiError as refused:
        raise _refusal(refused, token, remedy) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as failure:
        raise out_of_reach(failure) from None
    except UNREADABLE:
        raise SlackIsBusy(_not_slack(200)) from None
    return answer


def _refusal(refused: SlackApiError, token: str, remedy: str) -> OperatorFacing:
    known = send_failure(refused)
    if isinstance(known, Paused):
        wait_s = f"{known.retry_after.total_seconds():g} s"
        return SlackIsBusy(
            f"Slack is asked too much, and wants {wait_s} of rest", known.retry_after
        )
    if isinstance(known, Refused):
        is_dead = known.reason in TOKEN_REFUSED | {MISSING_SCOPE}
        return OperatorFacing(
            f"Slack refused {token} ({known.reason}); {remedy if is_dead else LOOK_IT_UP}",
            permanent=True,
        )
    answer = refused.response
    status = getattr(answer, "status_code", getattr(answer, "status", 200))
    if not known.reason.startswith("http_"):
        return SlackIsBusy(f"Slack is out of order ({known.reason}); status.slack.com says more")
    if status >= 500:
        return SlackIsBusy(
            f"Slack, or a proxy before it, is out of order (HTTP {status}); status.slack.com says "
            "whether it is Slack"
        )
    return SlackIsBusy(_not_slack(status))


def _not_slack(status: int) -> str:
    return (
        f"Something else answers in Slack's place (HTTP {status}, and not what Slack says): let "
        "the proxy or firewall pass what SLACK_API_URL names, by default https://slack.com/api/"
    )


def out_of_reach(failure: BaseException) -> OperatorFacing:
    """Say why Slack cannot be reached: SlackIsBusy, or OperatorFacing for what must be fixed."""
    if isinstance(failure, aiohttp.InvalidURL):
        return OperatorFacing("SLACK_API_URL is not a web address; correct it", permanent=True)
    if isinstance(failure, aiohttp.ClientConnectorCertificateError):
        return OperatorFacing(
            f"The certificate of {failure.host} could not be verified; where a proxy looks into "
            "TLS, name the file of its certificate in CA_FILE",
            permanent=True,
        )
    if isinstance(failure, aiohttp.ClientHttpProxyError):
        return _refused_by_proxy(failure.status)
    return SlackIsBusy(_away(failure))


def _away(failure: BaseException) -> str:
    if isinstance(failure, aiohttp.ClientProxyConnectionError):
        return (
            f"The proxy {failure.host}:{failure.port} cannot be reached ({why(failure)}); correct "
            "HTTPS_PROXY, or start it"
        )
    if isinstance(failure, aiohttp.ClientConnectorDNSError):
        return (
            f"This machine's name server (DNS) does not know {failure.host}; check it, and "
            "SLACK_API_URL"
        )
    if isinstance(failure, aiohttp.ClientConnectorError):
        return (
            f"{failure.host} cannot be reached ({why(failure)}); check the firewall, HTTPS_PROXY "
            "and SLACK_API_URL"
        )
    if isinstance(failure, TimeoutError):
        return (
            "Slack does not answer at all; check that the firewall lets this machine reach it, or "
            "set HTTPS_PROXY"
        )
    return f"The connection to Slack breaks off ({why(failure)}); check firewall and proxy"


def _refused_by_proxy(status: int) -> OperatorFacing:
    if status == 407:
        return OperatorFacing(
            "The proxy asks for a name and a password (HTTP 407); write them into HTTPS_PROXY, as "
            "http://name:password@proxy:3128",
            permanent=True,
        )
    return SlackIsBusy(
        f"The proxy refuses to let Cairn through (HTTP {status}); have slack.com and the hosts "
        "under it allowed there"
    )


def why(failure: Any) -> str:
    """Say in a few words why a connection failed, where there is one in the system's own."""
    if isinstance(failure, aiohttp.ServerDisconnectedError):
        return "closed without an answer"
    if isinstance(failure, aiohttp.ClientHttpProxyError):
        return f"the proxy answers HTTP {failure.status}"
    if isinstance(failure, aiohttp.ClientConnectorDNSError):
        return "unknown to this machine's name server"
    if isinstance(failure, aiohttp.ClientConnectorCertificateError):
        return "its certificate could not be verified"
    cause = getattr(failure, "os_error", failure)
    number = getattr(cause, "errno", None)
    return os.strerror(number) if number and number > 0 else type(cause).__name__


@dataclass(slots=True)
class Telling:
    """Logs that `who` is waited for: a cause once, again after TOLD_AGAIN_S, and the end."""

    who: str
    _told: str = ""
    _told_s: float = 0.0
    _began_s: float = 0.0

    def away(self, cause: OperatorFacing) -> None:
        """Note the cause of a failure."""
        now_s = time.monotonic()
        self._began_s = self._began_s if self._told else now_s
        if cause.reason != self._told or now_s - self._told_s > TOLD_AGAIN_S:
            self._told, self._told_s = cause.reason, now_s
            log.warning("waiting", kind=self.who, advice=cause.reason)

    def back(self) -> None:
        """Note a success."""
        if self._told:
            waited_s = round(time.monotonic() - self._began_s)
            log.info("waiting_over", kind=self.who, lasted_s=waited_s)
            self._told = ""


async def until_answered(
    ask: Callable[[], Awaitable[Answer]],
    *,
    who: str,
    only: type[OperatorFacing] = SlackIsBusy,
) -> Answer:
    """Ask until what may pass has passed, and tell who is waited for. Raises OperatorFacing."""
    telling, usual_s = Telling(who), FIRST_WAIT_S
    while True:
        try:
            answer = await ask()
        except only as away:
            if away.permanent:
                raise
            telling.away(away)
            asked_for = getattr(away, "wait", None)
            wait_s = asked_for.total_seconds() if asked_for else usual_s
        else:
            telling.back()
            return answer
        usual_s = min(2 * usual_s, LONGEST_WAIT_S)
        await asyncio.sleep(wait_s)
