"""A mentee's own goals: what their buttons do; and the form in which a mentor reads shared ones."""

from dataclasses import replace

from bot.flows.erasure import clear_traces
from bot.goals import tables, use_cases
from bot.goals.disclosure import shared_goals
from bot.goals.model import GoalId, GoalStatus
from bot.groups.joining import known_groups_of_mentor
from bot.kernel.clock import local_date
from bot.people import store as people
from bot.people.use_cases import the_member
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.goals import forms, views
from handlers.goals.forms import readers_of, show_changed


def register(edge: Edge) -> None:
    """Add the listeners of goals. One's own words stay within reach, whatever is used now."""
    forms.register(edge)
    edge.action("goal.reopen", on_reopen)
    edge.action("goal.share", on_share)
    edge.action("goal.shared", on_shared)
    always = replace(edge, guard=None)
    always.action("goal.open", on_open)
    always.action("goal.past", on_past)
    always.action("goal.done", on_done)
    always.action("goal.let_go", on_let_go)
    always.action("goal.unshare", on_unshare)
    always.action("goal.delete", on_delete)


async def on_open(call: Call, services: Services) -> None:
    """Show one of one's own goals."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        goal = await use_cases.own(connection, member, GoalId(call.value or ""))
        readers = await readers_of(connection, goal)
    today = local_date(services.clock.now(), member.timezone)
    await call.show(views.own_goal(goal, readers, tz=member.timezone, today=today))


async def on_past(call: Call, services: Services) -> None:
    """Show one's own goals that are done or let go, and those of a programme that has ended."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        goals = await use_cases.past_goals(connection, member)
    await call.show(views.past(goals, tz=member.timezone))


async def on_done(call: Call, services: Services) -> None:
    """Mark one of one's own goals as done."""
    note = "Done. Well worked: take a moment to see what changed. It is among your past goals."
    await _finish(call, services, GoalStatus.DONE, note)


async def on_let_go(call: Call, services: Services) -> None:
    """Let one of one's own goals go."""
    note = "Let go, and no reason is needed. It is among your past goals."
    await _finish(call, services, GoalStatus.LET_GO, note)


async def _finish(call: Call, services: Services, status: GoalStatus, note: str) -> None:
    now = services.clock.now()
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        goal_id = GoalId(call.value or "")
        goal = await use_cases.finish(connection, member, goal_id, status, now=now)
    await show_changed(call, services, member, goal, note)


async def on_reopen(call: Call, services: Services) -> None:
    """Take one of one's own goals up again."""
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        goal = await use_cases.reopen(connection, member, GoalId(call.value or ""))
    await show_changed(call, services, member, goal, "It is open again.")


async def on_share(call: Call, services: Services) -> None:
    """Let one's mentors of now read a goal."""
    now = services.clock.now()
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        goal = await use_cases.share(connection, member, GoalId(call.value or ""), now=now)
    await show_changed(call, services, member, goal, "Shared. Nobody is sent a message about it.")


async def on_unshare(call: Call, services: Services) -> None:
    """Let nobody else read one of one's own goals from now on."""
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        goal = await use_cases.keep_private(connection, member, GoalId(call.value or ""))
    note = "Nobody else can open it from now on. What somebody has read, they have read."
    await show_changed(call, services, member, goal, note)


async def on_delete(call: Call, services: Services) -> None:
    """Delete one of one's own goals; Slack has asked for confirmation."""
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        await use_cases.delete(connection, member, GoalId(call.value or ""))
    names, now = [tables.goal.name, tables.goal_note.name], services.clock.now()
    is_cleared = await clear_traces(services.database, call.workspace_id, names, now=now)
    await call.show(views.deleted(is_cleared=is_cleared))
    await services.refresh_home(call)


async def on_shared(call: Call, services: Services) -> None:
    """Show a mentor the goals that are shared with them at this moment."""
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        groups = await known_groups_of_mentor(connection, call.workspace_id, mentor.id)
        goals = await shared_goals(connection, mentor, groups)
        ids = {one.member_id for one in goals}
        authors = await people.members(connection, call.workspace_id, ids=ids)
    today = local_date(services.clock.now(), mentor.timezone)
    names = {one.id: one.name for one in authors}
    await call.show(views.shared(goals, names, today=today))
