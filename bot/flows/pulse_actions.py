"""Tell members what was done about a pulse: the next one may wait for it."""

from datetime import datetime

from bot.audit import store as audit
from bot.audit.model import Act
from bot.flows import pulse_messages as round_news
from bot.flows.pulse_rounds import PulseServices, open_or_hold
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.programme import store as programmes
from bot.pulse import actions
from bot.pulse import store as kept
from bot.pulse.model import Action, RoundId, RoundState

MOST_ACTION_CHARS = 2000


async def tell_what_was_done(
    means: PulseServices,
    workspace_id: WorkspaceId,
    round_id: RoundId,
    *,
    text: str,
    now: datetime,
    by: MemberId | None = None,
) -> None:
    """Post to members what was done about a released round; a round that waited for it opens.

    Raises UserFacing for a round that is not released, for no text, and the second time.
    """
    said = text.strip()
    if not said or len(said) > MOST_ACTION_CHARS:
        raise UserFacing(f"Write what was done in 1 to {MOST_ACTION_CHARS:,} characters.")
    async with means.database.writing() as connection:
        round_ = await kept.round_of(connection, workspace_id, round_id)
        if round_ is None or round_.state is not RoundState.RELEASED:
            raise UserFacing("That pulse has no results yet, so there is nothing to answer to.")
        if not await actions.put_action(connection, Action(round_id, said, now)):
            raise UserFacing("Members were told already what was done about this pulse.")
        act, its = Act.PULSE_ANSWERED, round_.programme_id
        await audit.record(connection, workspace_id, act, by=by, now=now, programme_id=its)
        await round_news.tell_mentees(connection, round_, kind=round_news.ACTION, now=now)
        if await actions.waiting_since(connection, workspace_id, round_.programme_id) is not None:
            programme = await programmes.programme(connection, workspace_id, round_.programme_id)
            assert programme is not None, "it has a round"
            await open_or_hold(means, connection, programme, now=now)
