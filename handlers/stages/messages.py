"""The messages of stages, written at the moment they are sent."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry
from bot.kernel.ports import Message
from bot.people import store as people
from bot.stages import rules, store
from bot.stages.model import read_subject
from handlers.edge.services import Services
from handlers.stages import views
from handlers.stages.listeners import look


async def compose_claimed(
    services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    """The message to a mentor; None once the claim was answered or withdrawn."""
    member_id, number = read_subject(entry.subject_id)
    member = await people.member(connection, entry.workspace_id, member_id)
    seen = await look(services, connection, member)
    if seen is None:
        return None
    claim = rules.open_claim(seen.way.framework, seen.history)
    if claim is None or claim.number != number:
        return None
    return views.claimed(views.OpenClaim(seen.member.name, claim, rules.wants_talk(seen.history)))


async def compose_answered(
    services: Services, connection: AsyncConnection, entry: Entry
) -> Message | None:
    """The message to a mentee about the answer to their claim."""
    member_id, number = read_subject(entry.subject_id)
    member = await people.member(connection, entry.workspace_id, member_id)
    if member is None or member.is_away(services.clock.now()):
        return None
    history = await store.history(connection, entry.workspace_id, member_id)
    event = next((each for each in history if each.number == number), None)
    if event is None:
        return None
    mentor = await people.member(connection, entry.workspace_id, event.by)
    return views.answered(event, mentor=mentor.name if mentor else "Your mentor")
