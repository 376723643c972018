"""A member has everything deleted that Cairn knows about them, by their own hand."""

import asyncio

from bot.endings import erase_member
from bot.kernel.errors import UserFacing
from bot.people import store as people
from bot.people import use_cases
from bot.people.model import Member, Role
from handlers.call import Call, View
from handlers.edge import Edge
from handlers.home import refresh
from handlers.people import ACK_WITHIN_S, UNTIL_THE_ACK_ARRIVED_S
from handlers.rematch import settle_groups
from handlers.services import Services
from handlers.views import erasure as views


def register(edge: Edge) -> None:
    """The listeners of erasure."""
    edge.action("erasure.ask", on_ask)
    edge.view("erasure.form", on_confirmed)


async def on_ask(call: Call, services: Services) -> None:
    """Say what will be deleted and what stays."""
    await _who_may(call, services)
    await call.open(views.question())


async def on_confirmed(call: Call, services: Services) -> None:
    """Delete the caller: nobody can do this to somebody else."""
    member = await _who_may(call, services)
    work = asyncio.ensure_future(_erase(call, services, member))
    await asyncio.wait({work}, timeout=ACK_WITHIN_S)
    if work.done():
        await call.ack_update(work.result())
    else:
        await call.ack_update(views.under_way())
        await asyncio.sleep(UNTIL_THE_ACK_ARRIVED_S)
        await call.update(await work, view_id=call.view_id)
    await refresh(call, services)


async def _who_may(call: Call, services: Services) -> Member:
    """The caller; the last coordinator must first name another."""
    async with services.database.reading() as connection:
        me = await use_cases.the_member(connection, call.workspace_id, call.slack_user_id)
        coordinators = await people.members(connection, call.workspace_id, roles=[Role.COORDINATOR])
    others = [one for one in coordinators if one.takes_part and one.id != me.id]
    if me.role is Role.COORDINATOR and not others:
        raise UserFacing(
            "You are the only coordinator, and mentoring here would be without one. Make somebody "
            "else coordinator in the roster first."
        )
    return me


async def _erase(call: Call, services: Services, member: Member) -> View:
    """Leave first, so that the group and its channel are put in order; then delete."""
    now = services.clock.now()
    await use_cases.leave(
        services.database, call.workspace_id, slack_user_id=call.slack_user_id, now=now
    )
    await settle_groups(services, call.workspace_id)
    await erase_member(
        services.database, services.vault, call.workspace_id, member_id=member.id, now=now
    )
    return views.done()
