"""Take what members say of their own peer round: that they met, did not, or skip."""

from bot.peers import use_cases
from bot.peers.model import PeerRoundId
from bot.people.use_cases import the_member
from handlers import blocks as ui
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.peers import views


def register(edge: Edge) -> None:
    """Add the listeners of members."""
    edge.action("peers.met", on_met)
    edge.action("peers.not_met", on_not_met)
    edge.action("peers.skip", on_skip)


async def on_met(call: Call, services: Services) -> None:
    """Keep that a member met their peers."""
    await _say(call, services, did=True)


async def on_not_met(call: Call, services: Services) -> None:
    """Keep that a member did not meet their peers; no reason is asked."""
    await _say(call, services, did=False)


async def _say(call: Call, services: Services, *, did: bool) -> None:
    now, round_id = services.clock.now(), PeerRoundId(call.value or "")
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        await use_cases.say_if_met(connection, member, round_id, did=did, now=now)
        own = await use_cases.own_in(connection, member, round_id)
    if call.view_type != "home":
        await call.replace(views.answered(own))
    await services.refresh_home(call)


async def on_skip(call: Call, services: Services) -> None:
    """Let a member skip this round, and the others hear what is next."""
    now, round_id = services.clock.now(), PeerRoundId(call.value or "")
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        next_on = await use_cases.skip(connection, member, round_id, now=now)
    services.wake()
    if call.view_type == "home":
        await call.open(ui.notice(views.skipped(next_on), title=views.TITLE))
    else:
        await call.replace(ui.paragraph(views.skipped(next_on)))
    await services.refresh_home(call)
