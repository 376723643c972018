"""Write the messages about planned meetings, at the moment they are sent."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry
from bot.groups.joining import known_groups_of
from bot.kernel.ids import SlackUserId
from bot.meetings import store
from bot.meetings.model import PlanId, PlannedMeeting, PlanState
from bot.people import store as people
from bot.people.permissions import may_answer_times, may_plan_meeting
from bot.programme import store as programmes
from handlers.edge.services import Services
from handlers.meetings import views
from handlers.sending.messenger import Written


async def write_offered(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Ask a mentee when they can; nothing once they have answered, left or the times closed.

    A mentor is told of times that a coordinator offered for them.
    """
    now = services.clock.now()
    plan = await _plan(connection, entry, PlanState.OFFERED)
    member = await people.member_by_slack_id(
        connection, entry.workspace_id, SlackUserId(entry.recipient)
    )
    if plan is None or member is None or plan.has_answered(member.id, now):
        return None
    for group in await known_groups_of(connection, entry.workspace_id, member.id):
        if group.group_id == plan.group_id and may_answer_times(member, group.mentees):
            return views.offer(plan, group.group_name, now, reader=member.id)
        if group.group_id == plan.group_id and may_plan_meeting(member, group.mentors):
            return views.offered_for_mentor(plan, group.group_name, now)
    return None


async def write_fixed(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a group when it meets."""
    plan = await _plan(connection, entry, PlanState.FIXED)
    group = plan and await programmes.group(connection, entry.workspace_id, plan.group_id)
    return views.fixed(plan, group.name) if plan and group else None


async def write_called_off(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a group that it does not meet."""
    plan = await _plan(connection, entry, PlanState.CALLED_OFF)
    group = plan and await programmes.group(connection, entry.workspace_id, plan.group_id)
    return views.called_off(plan, group.name) if plan and group else None


async def write_agenda(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a mentor that a meeting is near; nothing once they are no mentor of the group."""
    plan = await _plan(connection, entry, PlanState.FIXED)
    mentor = await people.member_by_slack_id(
        connection, entry.workspace_id, SlackUserId(entry.recipient)
    )
    if plan is None or mentor is None or mentor.is_away(services.clock.now()):
        return None
    for group in await known_groups_of(connection, entry.workspace_id, mentor.id):
        if group.group_id == plan.group_id and may_plan_meeting(mentor, group.mentors):
            return views.agenda_ready(plan, group.group_name)
    return None


async def _plan(
    connection: AsyncConnection, entry: Entry, state: PlanState
) -> PlannedMeeting | None:
    plan = await store.plan(connection, entry.workspace_id, PlanId(entry.subject_id))
    return plan if plan is not None and plan.state is state else None
