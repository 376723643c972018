"""A mentor's page of meetings, the agenda, the log of protected time, and a private calendar."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups.joining import known_groups_of, known_groups_of_mentor
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, WorkspaceId
from bot.kinds import FileKind
from bot.meetings import calendar_text, plans, store
from bot.meetings.model import Meeting, PlanId, PlanState
from bot.meetings.rules import once_each
from bot.meetings.todos import meetings_of
from bot.people import private_links
from bot.people.model import Member
from bot.people.use_cases import the_member
from bot.programme import store as programmes
from handlers.blocks import View
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import PrivateFile, Services
from handlers.meetings import page_views

LOG_LINK_LIVES = timedelta(minutes=10)
SHOWN_FOR = timedelta(days=60)
"""How long past meetings stay in a calendar, and on the page."""
MOST_RECORDS = 30
NO_GROUP = "You mentor no group in a running programme, so there are no meetings to show."


def register(edge: Edge) -> None:
    """Add the listeners of these pages."""
    edge.action("meeting.page", on_page)
    edge.action("meeting.agenda", on_agenda)
    edge.action("meeting.log", on_log)
    edge.action("meeting.calendar", on_calendar)
    edge.action("meeting.calendar_make", on_calendar_make)
    edge.action("meeting.calendar_end", on_calendar_end)


async def lay(call: Call, view: View) -> None:
    """Open a form, over the one that the click came from if there is one."""
    await (call.push(view) if call.view_type == "modal" else call.open(view))


async def on_page(call: Call, services: Services) -> None:
    """Show a mentor what is planned and what is on record."""
    now = services.clock.now()
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        groups = await known_groups_of_mentor(connection, call.workspace_id, mentor.id)
        if not groups:
            raise UserFacing(NO_GROUP)
        seen = await meetings_of(connection, mentor, groups)
        ids = [one.group_id for one in groups]
        held = await store.meetings(connection, call.workspace_id, group_id=ids)
    recent = [one for one in held if now - one.recorded_at <= SHOWN_FOR][:MOST_RECORDS]
    await call.open(page_views.page(seen, recent, now))


async def on_agenda(call: Call, services: Services) -> None:
    """Show a mentor what there is to talk about at a planned meeting."""
    plan_id = PlanId(call.value or "")
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        plan, group = await plans.planned(connection, mentor, plan_id, PlanState.FIXED)
        last = await store.last_met(connection, call.workspace_id, group_ids=[plan.group_id])
        met_on = last.get(plan.group_id)
        since = datetime.combine(met_on, time(0), UTC) if met_on else None
        lines = await services.agenda(services, connection, mentor, group, since)
    await lay(call, page_views.agenda(plan, group.group_name, lines))


async def on_log(call: Call, services: Services) -> None:
    """Show a mentor their protected time, with a link to fetch it where that is possible."""
    now, url = services.clock.now(), None
    async with services.database.writing() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        held, names = await _log(connection, mentor)
        if services.public_url is not None:
            kind, until = FileKind.MENTORING_LOG, now + LOG_LINK_LIVES
            secret = await private_links.make_link(
                connection, mentor, kind, now=now, expires_at=until
            )
            url = services.private_url(call.workspace_id, kind, secret)
    lines = calendar_text.log_text(held, names).splitlines()
    minutes = sum(one.minutes or 0 for one in once_each(held))
    await lay(call, page_views.log(lines, minutes=minutes, url=url))


async def _log(
    connection: AsyncConnection, mentor: Member
) -> tuple[list[Meeting], dict[GroupId, str]]:
    held = await store.attended(connection, mentor.workspace_id, mentor.id)
    names = await _names(connection, mentor.workspace_id, {one.group_id for one in held})
    return held, names


async def _names(
    connection: AsyncConnection, workspace_id: WorkspaceId, group_ids: set[GroupId]
) -> dict[GroupId, str]:
    found = [await programmes.group(connection, workspace_id, one) for one in group_ids]
    return {one.id: one.name for one in found if one is not None}


async def make_log(_: Services, connection: AsyncConnection, owner: Member) -> PrivateFile:
    """Write a mentor's log as CSV, for a spreadsheet."""
    content = calendar_text.log_text(*await _log(connection, owner)).encode("utf-8-sig")
    return PrivateFile(
        content=content, content_type="text/csv; charset=utf-8", name="mentoring-log.csv"
    )


async def make_calendar(
    services: Services, connection: AsyncConnection, owner: Member
) -> PrivateFile:
    """Write a member's own planned meetings as a calendar."""
    now = services.clock.now()
    groups = await known_groups_of(connection, owner.workspace_id, owner.id)
    names = {one.group_id: one.group_name for one in groups}
    states = (PlanState.FIXED, PlanState.HELD, PlanState.CALLED_OFF)
    found = await store.plans(connection, owner.workspace_id, states=states, group_id=list(names))
    shown = [one for one in found if one.ends_at and now - one.ends_at <= SHOWN_FOR]
    return PrivateFile(
        content=calendar_text.calendar_text(shown, names),
        content_type="text/calendar; charset=utf-8",
        name="mentoring.ics",
        keeps_for=calendar_text.REFRESHED,
    )


async def on_calendar(call: Call, services: Services) -> None:
    """Tell a member of their private calendar."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        made_at = await private_links.link_made_at(connection, member, FileKind.CALENDAR)
    made_on = local_date(made_at, member.timezone) if made_at else None
    await call.show(page_views.calendar(made_on=made_on))


async def on_calendar_make(call: Call, services: Services) -> None:
    """Make the address of a member's calendar, or a new one, and show it this once."""
    kind, now = FileKind.CALENDAR, services.clock.now()
    services.private_url(call.workspace_id, kind, "")
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        secret = await private_links.make_link(connection, member, kind, now=now)
    url = services.private_url(call.workspace_id, kind, secret)
    await call.show(page_views.calendar(made_on=None, url=url))


async def on_calendar_end(call: Call, services: Services) -> None:
    """Turn a member's calendar off."""
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        await private_links.end_link(connection, member, FileKind.CALENDAR)
    await call.show(page_views.calendar(made_on=None))
