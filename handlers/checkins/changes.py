"""One's own past check-ins: the list, one of them, and what can be done with it."""

from dataclasses import replace

from bot.checkins import rules, store
from bot.checkins.rules import CheckInId, Visibility
from bot.checkins.tables import checkin
from bot.checkins.use_cases import READ_MEANWHILE, delete, edit, mentors_now, narrow, own, share
from bot.flows.erasure import clear_traces
from bot.kernel.errors import UserFacing
from bot.people.use_cases import the_member
from handlers.checkins import checkin_views, form_views
from handlers.checkins.answers import drafted, read_left_out, refuse_empty, seen_in
from handlers.checkins.replies import replies_shown, see_replies
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.patient_details import asked_again

GONE = "This check-in is not there any more. Open the list again."
SHARED = "Shared. Your mentor finds it on Home, and in their next weekly message."
NOTHING_TO_SHARE = "How you are is yours alone, and nothing else is in this check-in to share."


def register(edge: Edge) -> None:
    """Add the listeners of past check-ins."""
    edge.action("checkin.past", show_past)
    edge.action("checkin.read", on_read)
    edge.action("checkin.narrow", on_narrow)
    edge.action("checkin.share_again", on_share_again)
    edge.action("checkin.delete", on_delete)
    edge.action("checkin.edit", on_edit)
    edge.view("checkin.edit_form", on_edited)
    edge.action("checkin.share", on_share)
    edge.action("checkin.leave_out", on_leave_out)
    edge.view("checkin.share_form", on_shared_later)


async def show_past(call: Call, services: Services) -> None:
    """Show the list of one's own check-ins; a member who has left keeps theirs."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        limit = checkin_views.PAST_SHOWN + 1
        found = await store.latest_of(connection, call.workspace_id, member.id, limit=limit)
        mentors = await mentors_now(connection, found)
    has_more = len(found) > checkin_views.PAST_SHOWN
    await call.show(checkin_views.past(found, mentors, tz=member.timezone, has_more=has_more))


async def on_read(call: Call, services: Services) -> None:
    """Lay one of one's own check-ins over the list."""
    member = await services.member(call)
    async with services.database.reading() as connection:
        found = await own(connection, member, CheckInId(call.value or ""))
        mentors = await mentors_now(connection, [found])
        told = await replies_shown(connection, found)
    tz = member.timezone
    await call.push(checkin_views.own(found, mentors[found.id], tz=tz, replies=told))
    if told:
        await see_replies(call, services, member, found.id)


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
    await call.update(
        checkin_views.own(narrowed, mentors[narrowed.id], tz=member.timezone, note=note)
    )


async def on_share_again(call: Call, services: Services) -> None:
    """Show what was written for a former mentor to the mentors of now."""
    member = await services.member(call)
    async with services.database.writing() as connection:
        shown, now = seen_in(call.value or ""), services.clock.now()
        shared = await share(connection, member, shown.checkin_id, shown=shown, now=now)
        mentors = await mentors_now(connection, [shared])
    await call.update(
        checkin_views.own(shared, mentors[shared.id], tz=member.timezone, note=SHARED)
    )


async def on_edit(call: Call, services: Services) -> None:
    """Open the form of a check-in that nobody else has read."""
    member = await services.member(call)
    async with services.database.reading() as connection:
        found = await own(connection, member, CheckInId(call.value or ""))
    if found.read_at is not None or not found.is_readable:
        raise UserFacing(READ_MEANWHILE)
    await call.show(form_views.edit_form(found, tz=member.timezone))


async def on_edited(call: Call, services: Services) -> None:
    """Keep what was changed, after a look at what should perhaps not be in it."""
    member, draft = await services.member(call), await drafted(call, services)
    if draft.saved is None:
        raise UserFacing(GONE)
    entry, asked, tz = draft.entry, draft.asked, member.timezone
    refuse_empty(entry, first=f"lens_{asked[0].lens}" if asked else "wish")
    if await asked_again(call, *rules.texts(entry)):
        return
    async with services.database.writing() as connection:
        changed = await edit(connection, member, draft.saved, entry)
        mentors = await mentors_now(connection, [changed])
    await call.ack_update(checkin_views.own(changed, mentors[changed.id], tz=tz, note="Changed."))


async def on_share(call: Call, services: Services) -> None:
    """Show exactly what one's mentor would read of a check-in."""
    member = await services.member(call)
    async with services.database.reading() as connection:
        found = await own(connection, member, CheckInId(call.value or ""))
        mentors = (await mentors_now(connection, [found]))[found.id].mentors
    if not form_views.filled_in(found.entry):
        raise UserFacing(NOTHING_TO_SHARE)
    out, tz = found.entry.left_out, member.timezone
    await call.show(form_views.share_form(found, mentors, tz=tz, left_out=out))


async def on_leave_out(call: Call, services: Services) -> None:
    """Show anew what one's mentor would read, without what is left out."""
    member, shown = await services.member(call), seen_in(call.metadata)
    async with services.database.reading() as connection:
        found = await own(connection, member, shown.checkin_id)
    out, tz = read_left_out(call.answers), member.timezone
    await call.update(form_views.share_form(found, shown.mentors, tz=tz, left_out=out))


async def on_shared_later(call: Call, services: Services) -> None:
    """Share a check-in of before, after a look at what should perhaps not be in it."""
    member, out = await services.member(call), read_left_out(call.answers)
    shown = seen_in(call.metadata)
    async with services.database.reading() as connection:
        found = await own(connection, member, shown.checkin_id)
    shared = replace(found.entry, visibility=Visibility.MENTOR, left_out=out)
    if rules.shares_nothing(shared):
        raise UserFacing(rules.NOTHING_SHARED)
    if await asked_again(call, *rules.texts(rules.as_shared(shared))):
        return
    async with services.database.writing() as connection:
        now = services.clock.now()
        saved = await share(connection, member, found.id, left_out=out, shown=shown, now=now)
        mentors = await mentors_now(connection, [saved])
    view = checkin_views.own(saved, mentors[saved.id], tz=member.timezone, note=SHARED)
    await call.ack_update(view)


async def on_delete(call: Call, services: Services) -> None:
    """Delete one of one's own check-ins; Slack has asked for confirmation."""
    member = await services.member(call)
    async with services.database.writing() as connection:
        checkin_id, now = CheckInId(call.value or ""), services.clock.now()
        await delete(connection, member, checkin_id, now=now)
    is_cleared = await clear_traces(services.database, call.workspace_id, [checkin.name], now=now)
    await call.update(checkin_views.deleted(is_cleared=is_cleared))
    await services.refresh_home(call)
