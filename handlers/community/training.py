"""A coordinator notes who did the training; a finished mentee answers the offer."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.model import Act
from bot.community import peer_mentors
from bot.community.model import OfferAnswer
from bot.delivery.model import Entry
from bot.flows.joining import join
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.people import store as people
from bot.people.use_cases import the_coordinator, the_member
from handlers.blocks import View, notice
from handlers.community import training_views as views
from handlers.edge.answers import beside
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.sending.messenger import Written


def register(edge: Edge) -> None:
    """Add the listeners of the training and of the offer."""
    edge.action("peer.training", on_training)
    edge.view("peer.training_form", on_training_form)
    edge.action("peer.untick", on_untick)
    edge.action("peer.offer", on_offer)
    edge.action("peer.answer", on_answer)


async def write_offer(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a mentee that the role is offered to them; nothing once it is not any more."""
    member = await people.member(connection, entry.workspace_id, MemberId(entry.subject_id))
    now = services.clock.now()
    if member is None or await peer_mentors.offer_of(connection, member, now=now) is None:
        return None
    return views.offered(member)


async def on_training(call: Call, services: Services) -> None:
    """Ask a coordinator who has done the training; show one who was chosen in the list alone."""
    await services.coordinator(call)
    async with services.database.reading() as connection:
        view = await _training_form(connection, call)
    await call.show(view)


async def _training_form(connection: AsyncConnection, call: Call) -> View:
    found = await peer_mentors.trainings(connection, call.workspace_id)
    ids = [one.member_id for one in found]
    members = {one.id: one for one in await people.members(connection, call.workspace_id, ids=ids)}
    known = [(one, members[one.member_id]) for one in found if one.member_id in members]
    only = [each for each in known if each[1].slack_user_id == call.value]
    return views.training_form(only or known, of=len(known))


async def on_training_form(call: Call, services: Services) -> None:
    """Note who has done the training; those who have finished are offered the role."""
    chosen = call.answers.people("trained")
    async with services.database.writing() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        with beside("trained"):
            if not chosen:
                raise UserFacing("Choose at least one mentee, or close this window.")
            counted, left = await peer_mentors.tick(
                connection, call.workspace_id, chosen, now=services.clock.now()
            )
        about = [one.id for one in counted]
        await services.record(connection, call, Act.TRAINING_NOTED, about=about)
    services.wake()
    await call.ack_update(views.training_saved(counted, left))
    await services.refresh_home(call)


async def on_untick(call: Call, services: Services) -> None:
    """Take a tick back."""
    async with services.database.writing() as connection:
        its = [MemberId(call.value or "")]
        await services.record(connection, call, Act.TRAINING_TAKEN_BACK, about=its)
        await peer_mentors.untick(connection, call.workspace_id, call.value or "")
        view = await _training_form(connection, call)
    await call.show(view)
    await services.refresh_home(call)


async def on_offer(call: Call, services: Services) -> None:
    """Show a mentee what is offered to them."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        offer = await peer_mentors.offer_of(connection, member, now=services.clock.now())
    if offer is None:
        raise UserFacing(peer_mentors.NO_OFFER)
    await call.show(views.offer_view())


async def on_answer(call: Call, services: Services) -> None:
    """Keep a mentee's answer to the offer; with a yes they are a peer-mentor."""
    said = call.value or ""
    if said not in set(OfferAnswer):
        raise UserFacing(peer_mentors.NO_OFFER)
    now, its = services.clock.now(), OfferAnswer(said)
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        changed = await peer_mentors.answer(connection, member, its, now=now)
        if its is OfferAnswer.YES:
            by = call.slack_user_id
            await join(connection, call.workspace_id, [changed], by=by, now=now)
    await call.show(notice(views.ANSWERED[its], title="Peer-mentor"))
    if its is OfferAnswer.YES:
        await services.reconcile_groups(call.workspace_id)
    await services.refresh_home(call)
