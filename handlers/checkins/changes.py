"""One's own past check-ins: the list, one of them, and what can be done with it."""

from bot.checkins import store
from bot.checkins.rules import CheckInId, Visibility
from bot.checkins.tables import checkin
from bot.checkins.use_cases import delete, mentors_now, narrow, own, share_again
from bot.flows.erasure import clear_traces
from bot.kernel.errors import UserFacing
from bot.people.use_cases import the_member
from handlers.checkins import views
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services

GONE = "This check-in is not there any more. Open the list again."


def register(edge: Edge) -> None:
    """Add the listeners of past check-ins."""
    edge.action("checkin.past", show_past)
    edge.action("checkin.read", on_read)
    edge.action("checkin.narrow", on_narrow)
    edge.action("checkin.share_again", on_share_again)
    edge.action("checkin.delete", on_delete)


async def show_past(call: Call, services: Services) -> None:
    """Show the list of one's own check-ins; a member who has left keeps theirs."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        limit = views.PAST_SHOWN + 1
        found = await store.latest_of(connection, call.workspace_id, member.id, limit=limit)
        mentors = await mentors_now(connection, found)
    has_more = len(found) > views.PAST_SHOWN
    await call.show(views.past(found, mentors, tz=member.timezone, has_more=has_more))


async def on_read(call: Call, services: Services) -> None:
    """Lay one of one's own check-ins over the list."""
    member = await services.member(call)
    async with services.database.reading() as connection:
        found = await own(connection, member, CheckInId(call.value or ""))
        mentors = await mentors_now(connection, [found])
    await call.push(views.own(found, mentors[found.id], tz=member.timezone))


async def on_narrow(call: Call, services: Services) -> None:
    """Show one of one's own check-ins to fewer people."""
    member = await services.member(call)
    checkin_id, _, wanted = (call.value or "").partition("|")
    if wanted not in set(Visibility):
        raise UserFacing(GONE)
    to, now = Visibility(wanted), services.clock.now()
    async with services.database.writing() as connection:
        narrowed = await narrow(connection, member, CheckInId(checkin_id), to=to, now=now)
        mentors = await mentors_now(connection, [narrowed])
    note = "Changed. People who may not read it any more find nothing to read from now on."
    await call.update(views.own(narrowed, mentors[narrowed.id], tz=member.timezone, note=note))


async def on_share_again(call: Call, services: Services) -> None:
    """Show what was written for a former mentor to the mentors of now."""
    member = await services.member(call)
    async with services.database.writing() as connection:
        checkin_id, now = CheckInId(call.value or ""), services.clock.now()
        shared = await share_again(connection, member, checkin_id, now=now)
        mentors = await mentors_now(connection, [shared])
    note = "Shared. Your mentor finds it on Home, and in their next weekly message."
    await call.update(views.own(shared, mentors[shared.id], tz=member.timezone, note=note))


async def on_delete(call: Call, services: Services) -> None:
    """Delete one of one's own check-ins; Slack has asked for confirmation."""
    member = await services.member(call)
    async with services.database.writing() as connection:
        checkin_id, now = CheckInId(call.value or ""), services.clock.now()
        await delete(connection, member, checkin_id, now=now)
    is_cleared = await clear_traces(services.database, call.workspace_id, [checkin.name], now=now)
    await call.update(views.deleted(is_cleared=is_cleared))
    await services.refresh_home(call)
