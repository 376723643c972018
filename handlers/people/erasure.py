"""A member has everything deleted that Cairn knows about them, by their own hand."""

from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.flows.erasure import ERASURE, erase_member, erasure_due, promise_erasure
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.people import store as people
from bot.people.model import Member, Role
from bot.people.permissions import LAST_COORDINATOR, may_be_erased
from bot.people.use_cases import the_member
from bot.schedule.claims import Duty, Outside
from handlers.edge.call import Call, View
from handlers.edge.dispatch import Edge
from handlers.edge.long_work import see_through
from handlers.edge.services import Services
from handlers.people import views

log = structlog.get_logger("cairn.erasure")


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
    work = partial(_erase, call, services, member)
    await see_through(call, work, meanwhile=views.under_way())
    await services.refresh_home(call)


async def _who_may(call: Call, services: Services) -> Member:
    """The caller; the last coordinator must first name another."""
    async with services.database.reading() as connection:
        me = await the_member(connection, call.workspace_id, call.slack_user_id)
        coordinators = await people.members(connection, call.workspace_id, roles=[Role.COORDINATOR])
    if not may_be_erased(me, coordinators):
        raise UserFacing(LAST_COORDINATOR)
    return me


async def _erase(call: Call, services: Services, member: Member) -> View:
    """Note it, so that it is done whatever happens; then do it."""
    await promise_erasure(
        services.database,
        call.workspace_id,
        member_id=member.id,
        now=services.clock.now(),
    )
    try:
        await _finish(services, call.workspace_id, member.id)
    except (OperatorFacing, SQLAlchemyError, OSError) as failure:
        log.error("erasure_waits", failure=type(failure).__name__)  # noqa: TRY400 - no values
        return views.promised()
    return views.done()


async def _finish(services: Services, workspace_id: WorkspaceId, member_id: MemberId) -> None:
    """Erase a member and put the groups in order that they left."""
    await erase_member(
        services.database,
        services.vault,
        workspace_id,
        member_id=member_id,
        erasers=services.erasers,
        now=services.clock.now(),
        frameworks=services.catalogue.frameworks,
        weights=services.catalogue.weights,
    )
    services.wake()


def duties(services: Services) -> dict[str, Duty]:
    """What is done about an erasure that was interrupted."""
    return {ERASURE: Outside(partial(erasure_due, erase=partial(_finish, services)))}
