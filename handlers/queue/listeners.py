"""The queue of messages on a coordinator's Home tab, and sending again what failed."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import OutboxState
from bot.people.model import Member
from bot.people.permissions import coordinates
from bot.people.use_cases import the_coordinator
from bot.programme.model import Programme
from handlers.blocks import Block
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.queue import views


def register(edge: Edge) -> None:
    """The listener of the queue."""
    edge.action("operations.resend", on_resend)


async def on_resend(call: Call, services: Services) -> None:
    """Let a coordinator send again what could not be delivered in their own workspace."""
    async with services.database.writing() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        await delivery.resend(connection, call.workspace_id, now=services.clock.now())
    services.wake()
    await services.refresh_home(call)


async def home_blocks(
    services: Services,
    connection: AsyncConnection,
    member: Member,
    _programme: Programme | None,
    now: datetime,
) -> list[Block]:
    """The coordinator's part about messages; nothing for anybody else."""
    if not coordinates(member):
        return []
    report = await delivery.queue_report(connection, member.workspace_id, now=now)
    has_failed = report.count(OutboxState.FAILED) > 0
    dead = await delivery.dead_letters(connection, member.workspace_id) if has_failed else []
    return views.queue_blocks(report, dead, names=services.message_names, tz=member.timezone)
