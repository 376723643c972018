"""Write the messages about peer rounds, at the moment they are sent."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry
from bot.kernel.clock import local_date
from bot.peers import use_cases
from bot.peers.facts import kept_from_meeting
from bot.peers.model import OwnPeers, PeerComing, PeerRoundId, PeerRoundState
from bot.peers.rules import pairs_of, question_for
from bot.peers.store import own_peers
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from handlers.edge.services import Services
from handlers.peers import views
from handlers.sending.messenger import Written

LOOKED_BACK = timedelta(days=14)


async def write_announced(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell somebody whom they meet; nothing of a round that does not take place any more."""
    own = await _own(services, connection, entry)
    if own is None or await _is_barred(connection, own):
        return None
    return views.announced(own, **await _said(services, connection, own))


async def write_changed(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell somebody that their round has changed; nothing once they skip it or have met."""
    own = await _own(services, connection, entry)
    if own is None or own.coming is not PeerComing.COMES or own.was_held:
        return None
    if await _is_barred(connection, own):
        return None
    return views.changed(own, **await _said(services, connection, own))


async def write_question(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Ask whether they met; nothing once one said so, nobody came, or they must not meet."""
    own = await _own(services, connection, entry)
    if own is None or own.coming is not PeerComing.COMES or not own.company:
        return None
    if own.was_held or own.said_met is not None:
        return views.answered(own) if entry.claimed_at is None else None
    return None if await _is_barred(connection, own) else views.asked(own)


async def _own(services: Services, connection: AsyncConnection, entry: Entry) -> OwnPeers | None:
    """Find the recipient's meeting, while the round is open and the programme runs."""
    round_id = PeerRoundId(entry.subject_id.partition(":")[0])
    found = await own_peers(
        connection, entry.workspace_id, slack_user_id=entry.recipient, round_id=round_id
    )
    if not found or found[0].round.state is not PeerRoundState.OPEN:
        return None
    programme = await programmes.programme(connection, entry.workspace_id, found[0].programme_id)
    if programme is None or programme.state is not ProgrammeState.RUNNING:
        return None
    today = local_date(services.clock.now(), programme.timezone)
    return found[0] if today <= found[0].round.monday + LOOKED_BACK else None


async def _is_barred(connection: AsyncConnection, own: OwnPeers) -> bool:
    """Say whether something keeps any of them apart since the plan: then they are not told.

    Raises WishesUnreadable: the message waits until it is known.
    """
    if not own.company or own.was_held:
        return False
    programme = await programmes.programme(connection, own.round.workspace_id, own.programme_id)
    ids = [*(one.member_id for one in own.company), own.own_id]
    if programme is None:
        return True
    apart = await kept_from_meeting(connection, programme, ids)
    return not pairs_of([ids]).isdisjoint(apart)


async def _said(services: Services, connection: AsyncConnection, own: OwnPeers) -> views.Said:
    """Choose the question of the round, and find when it goes on."""
    question = question_for(own.round, own.about, services.catalogue.peer_questions)
    next_on = await use_cases.next_date(connection, own, now=services.clock.now())
    return {"question": question, "next_on": next_on}
