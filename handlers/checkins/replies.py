"""A mentor's word that they have read a check-in, and their words back to its writer."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins.disclosure import open_shared
from bot.checkins.replies import note_seen, replies_to, reply, reply_by
from bot.checkins.rules import CheckIn, CheckInId, Reply
from bot.kernel.errors import UserFacing
from bot.people import store as people
from bot.people.model import Member
from bot.people.use_cases import the_member
from bot.stages.changes import mentors_of
from handlers.checkins import reply_views as views
from handlers.checkins.page_views import nothing_to_read
from handlers.edge.answers import beside
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.patient_details import asked_again


def register(edge: Edge) -> None:
    """Add the listeners of replies."""
    edge.action("checkin.reply", on_reply)
    edge.view("checkin.reply_form", on_replied)


async def reply_for(connection: AsyncConnection, reader: Member, found: CheckIn) -> Reply | None:
    """Find what a mentor replied; none yet for a mentor, None for anybody else."""
    if reader.id not in await mentors_of(connection, reader.workspace_id, found.member_id):
        return None
    none_yet = Reply(
        workspace_id=reader.workspace_id,
        checkin_id=found.id,
        member_id=reader.id,
        noted_at=found.shared_at,
    )
    return await reply_by(connection, reader, found.id) or none_yet


async def on_reply(call: Call, services: Services) -> None:
    """Ask a mentor for a word back, over the check-in that they read."""
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        found = await open_shared(connection, mentor, CheckInId(call.value or ""))
        its_reply = await reply_for(connection, mentor, found) if found else None
        name = await name_of(connection, found) if found else ""
    if found is None or its_reply is None:
        await call.show(nothing_to_read())
        return
    await call.show(views.reply_form(found.id, its_reply.text, name=name))


async def on_replied(call: Call, services: Services) -> None:
    """Send a mentor's word back."""
    text, checkin_id = call.answers.text("text") or "", CheckInId(call.metadata)
    if await asked_again(call, text):
        return
    with beside("text"):
        if not text:
            raise UserFacing("Write a few words, or close the form.")
        await send_reply(call, services, checkin_id, text=text)
    services.wake()
    await call.ack_update(views.replied())
    await services.refresh_home(call)


async def send_reply(call: Call, services: Services, checkin_id: CheckInId, *, text: str) -> None:
    """Keep a mentor's word back; without words, that they have read it."""
    async with services.database.writing() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        await reply(connection, mentor, checkin_id, text=text, now=services.clock.now())


async def replies_shown(connection: AsyncConnection, found: CheckIn) -> Sequence[tuple[str, Reply]]:
    """Find the replies to one's own check-in, each with the name of its mentor."""
    replies = await replies_to(connection, found)
    ids = [one.member_id for one in replies]
    members = await people.members(connection, found.workspace_id, ids=ids) if ids else []
    names = {one.id: one.name for one in members}
    return [(names.get(one.member_id, "A former mentor"), one) for one in replies]


async def see_replies(
    call: Call, services: Services, writer: Member, checkin_id: CheckInId
) -> None:
    """Note that replies were shown to the writer of the check-in."""
    async with services.database.writing() as connection:
        await note_seen(connection, writer, checkin_id, now=services.clock.now())
    await services.refresh_home(call)


async def name_of(connection: AsyncConnection, found: CheckIn) -> str:
    """Give the name of the writer of a check-in."""
    writer = await people.member(connection, found.workspace_id, found.member_id)
    return writer.name if writer else "A former member"
