"""The queue of messages on a coordinator's Home tab, and sending again what failed."""

from bot.delivery import store as delivery
from bot.people.use_cases import the_coordinator
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services


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
