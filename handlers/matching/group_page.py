"""A coordinator leafs through all groups and all who wait, or goes straight to one person."""

from collections.abc import Sequence

from bot.groups import store as seated
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, ProgrammeId, SlackUserId
from bot.meetings import store as meetings
from bot.people import store as people
from bot.people.use_cases import the_coordinator
from bot.programme import store as programmes
from bot.programme.groups import first_groups, groups_of_member
from bot.programme.use_cases import the_programme
from handlers.blocks import Choice, View
from handlers.edge.answers import whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.matching import group_page_views as pages
from handlers.matching.views import GroupSummary, waiting_limit

STALE = "This list was opened long ago. Open it again from Home."


def register(edge: Edge) -> None:
    """Add the listeners of the lists."""
    edge.action("pairing.groups", on_groups)
    edge.action("pairing.waitlist", on_waitlist)
    edge.action("pairing.find_group", on_find)
    edge.options(pages.BY_NAME, find_groups)
    edge.action(pages.BY_NAME, on_group)


def _asked(call: Call) -> tuple[ProgrammeId, int]:
    programme_id, _, page = (call.value or "").partition(" ")
    return ProgrammeId(programme_id), whole_number(page) or 0


async def on_groups(call: Call, services: Services) -> None:
    """Show a page of the groups by name."""
    programme_id, page = _asked(call)
    await call.show(await _groups(call, services, programme_id, page))


async def _groups(call: Call, services: Services, programme_id: ProgrammeId, page: int) -> View:
    size = pages.ON_A_PAGE
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        programme = await the_programme(connection, call.workspace_id, programme_id)
        found, count = await first_groups(connection, programme, limit=size, offset=page * size)
        if not found and page:
            page = 0
            found, count = await first_groups(connection, programme, limit=size)
        ids = [group.id for group, _ in found]
        met = await meetings.last_met(connection, call.workspace_id, group_ids=ids)
    shown = [
        GroupSummary(group=group, mentees=mentees, last_met=met.get(group.id))
        for group, mentees in found
    ]
    return pages.groups(programme, shown, page=page, count=count)


async def on_waitlist(call: Call, services: Services) -> None:
    """Show a page of those who wait for a seat, the longest first."""
    programme_id, page = _asked(call)
    size = pages.ON_A_PAGE
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        programme = await the_programme(connection, call.workspace_id, programme_id)
        its = (connection, programme)
        found, count, _ = await seated.first_waiting(*its, limit=size, offset=page * size)
        if not found and page:
            page = 0
            found, count, _ = await seated.first_waiting(*its, limit=size)
        ids = [one.member_id for one in found]
        named = await people.members(connection, call.workspace_id, ids=ids)
        groups, _ = await first_groups(*its)
    every, now = (
        [GroupSummary(group=one, mentees=many) for one, many in groups],
        services.clock.now(),
    )
    limits: dict[str, str] = {
        one.id: waiting_limit(one, every, programme, now=now) for one in named
    }
    names: dict[str, str] = {one.id: one.name for one in named}
    await call.show(pages.waitlist(programme, found, names, limits, page=page, count=count))


async def find_groups(call: Call, services: Services) -> Sequence[Choice]:
    """Give a coordinator every group by name, also where nobody sits any more."""
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        its = (connection, call.workspace_id, ProgrammeId(call.metadata))
        found = await programmes.groups(*its)
    return [(one.id, one.name) for one in found]


async def on_group(call: Call, services: Services) -> None:
    """Show who sits in one group."""
    programme_id, group_id = ProgrammeId(call.metadata), GroupId(call.value or "")
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        programme = await the_programme(connection, call.workspace_id, programme_id)
        group = await programmes.group(connection, call.workspace_id, group_id)
        if group is None or group.programme_id != programme.id:
            raise UserFacing(STALE)
        its = (connection, call.workspace_id, programme.id)
        seats = {one.member_id: one.role for one in await programmes.seats(*its, group_id=group_id)}
        named = await people.members(connection, call.workspace_id, ids=seats)
    names = {one.id: one.name for one in named}
    await call.show(pages.one_group(programme, group, seats, names))


async def on_find(call: Call, services: Services) -> None:
    """Show where one person sits, or for what they wait."""
    programme_id, who = ProgrammeId(call.metadata), SlackUserId(call.value or "")
    if not call.metadata:
        raise UserFacing(STALE)
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        programme = await the_programme(connection, call.workspace_id, programme_id)
        member = await people.member_by_slack_id(connection, call.workspace_id, who)
        if member is None:
            await call.show(pages.stranger(programme, who))
            return
        groups = await groups_of_member(connection, programme, member.id)
        waiting = await seated.waiting_of(connection, call.workspace_id, programme.id, member.id)
        ids = {one for _, seats in groups for one in seats}
        named = await people.members(connection, call.workspace_id, ids=ids)
    names = {one.id: one.name for one in named}
    await call.show(pages.one_person(programme, member, groups, waiting, names))
