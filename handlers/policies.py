"""How each kind of message is sent when things go wrong or a member's week is full."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins.use_cases import SHARED
from bot.delivery.dispatcher import OnRefused
from bot.delivery.model import Entry, KindPolicy
from bot.delivery.reasons import PERSON_GONE
from bot.flows import pulse_messages as round_news
from bot.kernel.clock import Clock
from bot.kernel.ids import SlackUserId
from bot.nudges.use_cases import NUDGE
from bot.people.use_cases import INVITATION, WELCOME_BACK, deactivate
from bot.stages.cadence import PROMPT
from bot.stages.changes import ANSWERED, CLAIMED
from handlers.matching import listeners as pairing

_PROMPT = KindPolicy(resend_unknown=False, counts=True)
_NOTICE = KindPolicy(resend_unknown=False, counts=False)
_MUST_ARRIVE = KindPolicy(resend_unknown=True, counts=False)

DELIVERY_POLICIES: Mapping[str, KindPolicy] = {
    PROMPT: _PROMPT,
    NUDGE: _PROMPT,
    INVITATION: _NOTICE,
    WELCOME_BACK: _NOTICE,
    CLAIMED: _MUST_ARRIVE,
    ANSWERED: _MUST_ARRIVE,
    SHARED: _MUST_ARRIVE,
    **pairing.POLICIES,
    **round_news.POLICIES,
}
"""Every kind, so that none is treated by chance. Prompts and nudges come again by themselves; what
somebody waits for is sent again when nobody can tell whether it arrived, and is never folded."""


def deactivate_refused(clock: Clock) -> OnRefused:
    """What to do about a refusal for good: whoever has no account any more is sent nothing more."""

    async def refused(connection: AsyncConnection, entry: Entry, reason: str) -> None:
        if reason in PERSON_GONE and entry.recipient[:1] in {"U", "W"}:
            now: datetime = clock.now()
            await deactivate(
                connection,
                entry.workspace_id,
                slack_user_id=SlackUserId(entry.recipient),
                now=now,
            )

    return refused
